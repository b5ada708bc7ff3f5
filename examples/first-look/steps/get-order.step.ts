// GET /orders/:id: the order as the event Steps left it.
import { type ApiRouteConfig, type Handlers } from 'motia'
import type { Order } from '../shop/orders'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'GetOrder',
  description: 'One order',
  method: 'GET',
  path: '/orders/:id',
  flows: ['orders'],
}

export const handler: Handlers['GetOrder'] = async (req, { state }) => {
  const order = await state.get<Order>('orders', req.pathParams.id)
  return order ? { status: 200, body: order } : { status: 404, body: { error: 'No such order, or not priced yet' } }
}
