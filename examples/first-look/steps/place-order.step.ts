// POST /orders: checks an order, hands it on as an event, and answers. Pricing and confirming happen in the background.
import { type ApiRouteConfig, type Handlers } from 'motia'
import { isSold } from '../shop/prices'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'PlaceOrder',
  description: 'Takes an order',
  method: 'POST',
  path: '/orders',
  bodySchema: {
    type: 'object',
    properties: {
      email: { type: 'string', format: 'email' },
      items: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          properties: { sku: { type: 'string' }, quantity: { type: 'integer', minimum: 1 } },
          required: ['sku', 'quantity'],
        },
      },
    },
    required: ['email', 'items'],
  },
  emits: ['order.placed'],
  flows: ['orders'],
}

export const handler: Handlers['PlaceOrder'] = async (req, { emit, logger }) => {
  const { email, items } = req.body
  const unknown = items.map((item) => item.sku).filter((sku) => !isSold(sku))
  if (unknown.length > 0) {
    return { status: 422, body: { error: `Not sold here: ${unknown.join(', ')}` } }
  }

  const id = crypto.randomUUID()
  await emit({ topic: 'order.placed', data: { id, email, items } })
  logger.info('Order placed', { id, items: items.length })
  return { status: 202, body: { id, status: 'placed' } }
}
