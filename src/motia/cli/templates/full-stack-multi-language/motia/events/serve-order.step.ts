// Runs for every `order.cooked`. That it came from a Step in Python makes no difference.
import { type EventConfig, type Handlers } from 'motia'

export const config: EventConfig = {
  type: 'event',
  name: 'ServeOrder',
  description: 'Says that an order is ready',
  subscribes: ['order.cooked'],
  input: {
    type: 'object',
    properties: { id: { type: 'string' } },
    required: ['id'],
  },
  flows: ['kitchen'],
}

export const handler: Handlers['ServeOrder'] = async ({ id }, { streams, logger }) => {
  await streams.orders.update('today', id, { status: 'ready' })
  logger.info('Ready', { id })
}
