export const config = {
  name: 'LendBook',
  type: 'api',
  path: '/loans',
  method: 'POST',
  emits: ['loan.made'],
}

export const handler = async (req, { emit, logger }) => {
  logger.info('lending', { title: req.body.title })
  await emit({ topic: 'loan.made', data: { title: req.body.title, day: req.body.day } })
  return { status: 200, body: { lent: true } }
}
