// Every minute: pets that nobody came for are free again. Of several servers, one runs each tick.
import { type CronConfig, type Handlers } from 'motia'
import type { Order, Pet } from '../shop/types'

export const config: CronConfig = {
  type: 'cron',
  name: 'FlagOverdueOrders',
  description: 'Looks for pets that were not picked up',
  cron: '* * * * *',
  emits: ['order.overdue'],
  flows: ['pet-shop'],
}

export const handler: Handlers['FlagOverdueOrders'] = async ({ emit, state, logger }) => {
  const now = Date.now()
  const orders = await state.getGroup<Order>('orders')
  const overdue = orders.filter((order) => order.status === 'confirmed' && order.pickUpBy < now)

  // As in reserve-pet.step.ts, the status is written last: interrupted before that, the next tick
  // does the same again.
  for (const { id, email, petId, petName } of overdue) {
    await emit({ topic: 'order.overdue', data: { orderId: id, email, petName }, idempotencyKey: `${id}:overdue` })
    const pet = await state.get<Pet>('pets', petId)
    if (pet?.reservedFor === id) {
      await state.update('pets', petId, { type: 'remove', path: 'reservedFor' })
    }
    await state.update('orders', id, { type: 'set', path: 'status', value: 'overdue' })
  }
  logger.info('Orders checked', { orders: orders.length, overdue: overdue.length })
}
