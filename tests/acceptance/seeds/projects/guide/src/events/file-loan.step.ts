export const config = { name: 'FileLoan', type: 'event', subscribes: ['loan.made'] }

export const handler = async (input, { state, logger }) => {
  logger.info('filing', input)
  await state.set(`loan:${input.data.day}`, input.data)
}
