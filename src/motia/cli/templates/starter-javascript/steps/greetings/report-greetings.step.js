// Runs by the clock: every minute here, so that there is something to see. Most jobs want something
// like '0 9 * * *'.

/** @type {import('motia').CronConfig} */
export const config = {
  type: 'cron',
  name: 'ReportGreetings',
  description: 'Logs how many greetings there were',
  cron: '* * * * *',
  flows: ['greetings'],
}

/** @type {import('motia').Handlers['ReportGreetings']} */
export const handler = async ({ state, logger }) => {
  const counts = await state.getGroup('greetings')
  logger.info('Greetings so far', { people: counts.length, greetings: counts.reduce((sum, count) => sum + count, 0) })
}
