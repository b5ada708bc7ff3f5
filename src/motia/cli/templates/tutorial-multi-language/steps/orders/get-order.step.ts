// GET /orders/:id: how an order stands, and what the customer was told.
import { type ApiRouteConfig, type Handlers } from 'motia'
import type { Message, Order } from '../shop/types'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'GetOrder',
  description: 'One order with its messages',
  method: 'GET',
  path: '/orders/:id',
  flows: ['pet-shop'],
}

export const handler: Handlers['GetOrder'] = async (req, { state }) => {
  const { id } = req.pathParams
  const order = await state.get<Order>('orders', id)
  if (!order) {
    return { status: 404, body: { error: `There is no order with the id ${id}` } }
  }
  const messages = await state.getGroup<Message>('messages')
  return {
    status: 200,
    body: { ...order, messages: messages.filter((message) => message.orderId === id).map((message) => message.text) },
  }
}
