export const config = { name: 'TidyShelves', type: 'cron', schedule: '0 0 * * *' }

export const handler = async (_, { state, logger }) => {
  logger.info('tidying', { first: _ })
  await state.set('tidied', true)
}
