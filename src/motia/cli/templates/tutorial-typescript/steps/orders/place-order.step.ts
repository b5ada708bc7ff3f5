// POST /orders: takes an order and answers at once. Whether the customer gets the pet is decided in
// the background.
import { type ApiRouteConfig, type Handlers } from 'motia'
import type { Order, Pet } from '../shop/types'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'PlaceOrder',
  description: 'Takes an order for a pet',
  method: 'POST',
  path: '/orders',
  bodySchema: {
    type: 'object',
    properties: {
      petId: { type: 'string' },
      email: { type: 'string', format: 'email' },
      holdMinutes: { type: 'integer', minimum: 0, maximum: 10_080 },
    },
    required: ['petId', 'email'],
  },
  emits: ['order.placed'],
  flows: ['pet-shop'],
}

export const handler: Handlers['PlaceOrder'] = async (req, { emit, state, logger }) => {
  const { petId, email, holdMinutes = 60 } = req.body
  const pet = await state.get<Pet>('pets', petId)
  if (!pet) {
    return { status: 404, body: { error: `There is no pet with the id ${petId}` } }
  }

  const placedAt = Date.now()
  const order: Order = {
    id: crypto.randomUUID().slice(0, 8),
    petId,
    petName: pet.name,
    email,
    status: 'placed',
    placedAt,
    pickUpBy: placedAt + holdMinutes * 60_000,
  }

  // First the state, then the event: it may be handled before the next line runs.
  await state.set('orders', order.id, order)

  // Events of one message group are handled one after the other (see reserve-pet.step.ts). With the
  // pet as the group, two customers who want the same pet queue up, and nobody else has to wait for
  // them.
  await emit({ topic: 'order.placed', data: { orderId: order.id }, messageGroupId: petId })

  logger.info('Order placed', { orderId: order.id, petId })
  return { status: 202, body: order }
}
