import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = { name: 'ShowGate', type: 'api', path: '/gates', method: 'POST' }

export const handler: Handlers['ShowGate'] = async (req, context) => {
  const { driver, gate } = req.body
  await context.streams.gates.set(driver, { gate, at: Date.now() })
  await context.streams.everyone.set('all', { gate })
  return { status: 200, body: { shown: true } }
}
