import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = { name: 'PATCH parcel', type: 'api', path: '/parcels/:label', method: 'PATCH' }

export const handler: Handlers['PATCH parcel'] = async (req, context) => {
  const known = await context.state.has('parcels', req.params.label)
  return { status: 200, body: { method: 'PATCH', label: req.params.label, known, change: req.body } }
}
