// GET /orders is for programs that want to know once; the page follows the stream instead.
import { type ApiRouteConfig, type Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'ListOrders',
  description: 'All orders and how far they are',
  method: 'GET',
  path: '/orders',
  flows: ['kitchen'],
}

export const handler: Handlers['ListOrders'] = async (_, { streams }) => {
  return { status: 200, body: await streams.orders.getGroup('today') }
}
