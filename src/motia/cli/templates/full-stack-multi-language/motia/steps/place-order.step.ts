// POST /orders takes an order and answers at once. Cooking is done after the response, by whoever
// listens.
import { type ApiRouteConfig, type Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'PlaceOrder',
  description: 'Takes an order',
  method: 'POST',
  path: '/orders',
  bodySchema: {
    type: 'object',
    properties: { dish: { type: 'string', minLength: 1, maxLength: 60 } },
    required: ['dish'],
  },
  emits: ['order.placed'],
  flows: ['kitchen'],
}

export const handler: Handlers['PlaceOrder'] = async (req, { emit, streams, logger }) => {
  const { dish } = req.body
  const id = crypto.randomUUID()
  // Every page that is open shows the order from here on.
  await streams.orders.set('today', id, { dish, status: 'placed' })
  await emit({ topic: 'order.placed', data: { id, dish } })
  logger.info('Placed', { id, dish })
  return { status: 202, body: { id, dish, status: 'placed' } }
}
