import { EventConfig, StepHandler } from "motia";

class TuningFork {
  constructor(readonly pitch = process.env.CHOIR_PITCH) {}
  async tone(voice: string) {
    if (voice === "whistle") throw new Error("no such voice");
    return `${voice} at ${this.pitch}`;
  }
}

export const config: EventConfig = {
  type: "event",
  name: "Rehearse Song",
  subscribes: ["song.booked"],
  emits: ["song.rehearsed", "song.cancelled"],
  flows: ["choir"],
};

export const handler: StepHandler<typeof config> = async (input, { emit, logger, traceId }) => {
  const { title, voices, bookingId } = input;
  try {
    const fork = new TuningFork();
    const tones = await Promise.all(voices.map((voice) => fork.tone(voice)));
    await emit({ topic: "song.rehearsed", data: { title, tones, sameTrace: traceId === input.traceId } });
  } catch (error) {
    await emit({ topic: "song.cancelled", data: { bookingId, title, error: error.message } });
    logger.error("rehearsal failed", { bookingId, error: error.message });
  }
};
