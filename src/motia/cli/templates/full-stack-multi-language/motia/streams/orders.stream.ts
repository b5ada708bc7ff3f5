// A live collection: whoever follows it gets what is there, and then every change. The page does.
import { type StreamConfig } from 'motia'

export const config: StreamConfig = {
  name: 'orders',
  schema: {
    type: 'object',
    properties: {
      dish: { type: 'string' },
      status: { enum: ['placed', 'cooking', 'ready'] },
    },
    required: ['dish', 'status'],
  },
}
