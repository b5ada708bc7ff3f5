import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = { name: 'DELETE parcel', type: 'api', path: '/parcels/:label', method: 'DELETE' }

export const handler: Handlers['DELETE parcel'] = async (req, context) => {
  const known = await context.state.has('parcels', req.params.label)
  return { status: 200, body: { method: 'DELETE', label: req.params.label, known, change: req.body } }
}
