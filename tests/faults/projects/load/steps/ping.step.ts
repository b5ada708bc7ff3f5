export const config = { type: 'api', name: 'PingNode', path: '/ping/node' }

export const handler = async () => ({ status: 200, body: {} })
