import { began, effect } from '../lib/ledger'

export const config = {
  type: 'event',
  name: 'WorkNode',
  subscribes: ['work.node'],
  retry: { maxAttempts: 10000, backoff: 'fixed', delay: 20, jitter: 'none' },
}

export const handler = async (order: { id: string; pause: number }, { state }: any) => {
  const run = await began(order.id)
  await new Promise((resolve) => setTimeout(resolve, order.pause * 1000))
  await state.set('done', order.id, true)
  await effect(order.id, run)
}
