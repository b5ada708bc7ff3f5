import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = { name: 'PUT parcel', type: 'api', path: '/parcels/:label', method: 'PUT' }

export const handler: Handlers['PUT parcel'] = async (req, context) => {
  const known = await context.state.has('parcels', req.params.label)
  return { status: 200, body: { method: 'PUT', label: req.params.label, known, change: req.body } }
}
