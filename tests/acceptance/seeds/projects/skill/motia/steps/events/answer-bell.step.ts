import { EventConfig, StepHandler } from "motia";

export const config: EventConfig = { type: "event", name: "Answer Bell", subscribes: ["bell.rung"] };

export const handler: StepHandler<typeof config> = async (input, { state }) => {
  await state.set("bells", "last", input);
};
