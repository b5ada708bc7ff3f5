// Runs every ten minutes, and by hand: motia trigger ClearAway
import { type CronConfig, type Handlers } from 'motia'

export const config: CronConfig = {
  type: 'cron',
  name: 'ClearAway',
  description: 'Takes away the orders that are ready',
  cron: '*/10 * * * *',
  flows: ['kitchen'],
}

export const handler: Handlers['ClearAway'] = async ({ streams, logger }) => {
  const ready = (await streams.orders.getGroup('today')).filter((order) => order.status === 'ready')
  for (const order of ready) await streams.orders.delete('today', order.id)
  logger.info('Cleared away', { orders: ready.length })
}
