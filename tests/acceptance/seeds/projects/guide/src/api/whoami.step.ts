export const config = { name: 'WhoAmI', type: 'api', path: '/whoami', method: 'GET' }

export const handler = async (req) => ({ status: 200, body: { user: req.user ?? null } })
