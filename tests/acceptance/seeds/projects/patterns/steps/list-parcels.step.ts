import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = { name: 'ListParcels', type: 'api', path: '/parcels', method: 'GET' }

export const handler: Handlers['ListParcels'] = async (req, context) => {
  const { sort = 'label', limit = '10' } = req.query
  const parcels = Object.values(await context.state.getAll('parcels'))
  return { status: 200, body: { sort, parcels: parcels.slice(0, Number(limit)), agent: req.headers['x-agent'] } }
}
