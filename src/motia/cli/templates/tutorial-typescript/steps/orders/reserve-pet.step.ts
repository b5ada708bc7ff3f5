// Decides about an order. It asks "is the pet still free?" and then writes, so no two orders for a
// pet may be in here at the same time; and it may be interrupted anywhere, so it must be safe to
// run again.
import { type EventConfig, type Handlers } from 'motia'
import type { Order, Pet } from '../shop/types'

export const config: EventConfig = {
  type: 'event',
  name: 'ReservePet',
  description: 'Gives the pet to whoever ordered it first',
  subscribes: ['order.placed'],
  emits: [
    { topic: 'order.confirmed', label: 'pet is free', conditional: true },
    { topic: 'order.declined', label: 'pet is taken', conditional: true },
  ],
  input: {
    type: 'object',
    properties: { orderId: { type: 'string' } },
    required: ['orderId'],
  },
  // "fifo" keeps the order within a message group and handles one event of it at a time.
  infrastructure: { queue: { type: 'fifo' } },
  flows: ['pet-shop'],
}

export const handler: Handlers['ReservePet'] = async ({ orderId }, { emit, state, logger }) => {
  const order = await state.get<Order>('orders', orderId)
  if (order?.status !== 'placed') {
    return // decided already: events are delivered at least once, so this one may be a repetition
  }

  const pet = await state.get<Pet>('pets', order.petId)
  // Reserved for this very order: an attempt before this one was interrupted after the next write.
  const isFree = pet !== null && (pet.reservedFor === undefined || pet.reservedFor === orderId)
  if (isFree) {
    await state.update('pets', pet.id, { type: 'set', path: 'reservedFor', value: orderId })
  }

  // The event comes before the status. Interrupted in between, the next attempt emits once more,
  // and the key makes that a no-op. The other way round, it would find the order decided, and the
  // customer would never hear of it.
  const status = isFree ? 'confirmed' : 'declined'
  await emit({
    topic: `order.${status}` as const,
    data: { orderId, email: order.email, petName: order.petName },
    idempotencyKey: `${orderId}:${status}`,
  })
  await state.update('orders', orderId, { type: 'set', path: 'status', value: status })
  logger.info('Order decided', { orderId, petId: order.petId, status })
}
