import type { CronConfig, Handlers } from 'motia'

export const config: CronConfig = { name: 'NightlySweep', type: 'cron', cron: '0 2 * * *', emits: ['sweep.done'] }

export const handler: Handlers['NightlySweep'] = async (input, context) => {
  let removed = 0
  for (const [key, parcel] of Object.entries(await context.state.getAll('old-parcels'))) {
    if (parcel.weight > 5) {
      await context.state.delete('old-parcels', key)
      removed++
    }
  }
  await context.state.set('counters', 'swept', removed)
  await context.emit({ topic: 'sweep.done', data: { removed, input } })
}
