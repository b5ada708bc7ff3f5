import { ApiRouteConfig, StepHandler } from "motia";
import { z } from "zod";

export const config: ApiRouteConfig = {
  type: "api",
  name: "Book Song",
  path: "/songs",
  method: "POST",
  emits: ["song.booked"],
  flows: ["choir"],
  bodySchema: z.object({
    title: z.string(),
    voices: z.array(z.string()),
  }),
};

export const handler: StepHandler<typeof config> = async (req, { emit, logger, traceId }) => {
  const { title, voices } = req.body;
  const bookingId = crypto.randomUUID();
  await emit({ topic: "song.booked", data: { bookingId, title, voices, traceId } });
  logger.info("booked", { bookingId });
  return { status: 201, body: { bookingId, traceId } };
};
