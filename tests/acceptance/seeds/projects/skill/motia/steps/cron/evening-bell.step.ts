import { CronConfig, StepHandler } from "motia";

export const config: CronConfig = {
  type: "cron",
  name: "Evening Bell",
  cron: "0 19 * * *",
  emits: ["bell.rung"],
};

export const handler: StepHandler<typeof config> = async (_, { emit, logger }) => {
  logger.info("ringing");
  await emit({ topic: "bell.rung", data: { rungAt: new Date().toISOString(), first: _ } });
};
