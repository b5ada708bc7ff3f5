import { EventConfig, StepHandler } from "motia";

export const config: EventConfig = {
  type: "event",
  name: "Keep Programme",
  subscribes: ["song.rehearsed", "song.cancelled"],
};

export const handler: StepHandler<typeof config> = async (input, { state }) => {
  const { title, ...rest } = input;
  await state.set("programme", title, rest);
};
