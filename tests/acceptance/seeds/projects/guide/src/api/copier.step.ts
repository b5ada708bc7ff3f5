export const config = { name: 'Copier', type: 'api', path: '/copier', method: 'GET' }

const users = new Map()

export const handler = async (req, { state }) => {
  const address = req.headers['x-forwarded-for'] || req.connection.remoteAddress
  users.set(address, (users.get(address) || 0) + 1)
  const key = `copies:${address}`
  const times = (await state.get(key)) || []
  const recent = times.filter((time) => Date.now() - time < 60000)
  if (recent.length >= 2) return { status: 429, body: { error: 'Let others copy, too' } }
  await state.set(key, [...recent, Date.now()])
  return { status: 200, body: { address, seen: users.get(address) } }
}
