import { z } from "zod";

export const config = {
  name: "rehearsal-progress",
  schema: z.object({
    verse: z.string(),
    progress: z.number().optional(),
    result: z.any().optional(),
  }),
};
