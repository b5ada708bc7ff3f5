// Runs by the clock: every minute here, so that there is something to see. Most jobs want something
// like '0 9 * * *'.
import { type CronConfig, type Handlers } from 'motia'

export const config: CronConfig = {
  type: 'cron',
  name: 'ReportGreetings',
  description: 'Logs how many greetings there were',
  cron: '* * * * *',
  flows: ['greetings'],
}

export const handler: Handlers['ReportGreetings'] = async ({ state, logger }) => {
  const counts = await state.getGroup<number>('greetings')
  logger.info('Greetings so far', { people: counts.length, greetings: counts.reduce((sum, count) => sum + count, 0) })
}
