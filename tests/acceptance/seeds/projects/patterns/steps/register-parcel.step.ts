import type { ApiRouteConfig, Handlers } from 'motia'

export const config: ApiRouteConfig = {
  name: 'RegisterParcel',
  type: 'api',
  path: '/parcels',
  method: 'POST',
  emits: ['parcel.registered'],
  flows: ['parcels'],
}

export const handler: Handlers['RegisterParcel'] = async (req, context) => {
  const { label, weight } = req.body
  if (!label || !weight) return { status: 400, body: { error: 'A parcel has a label and a weight' } }
  const parcel = { id: crypto.randomUUID(), label, weight }
  await context.state.set('parcels', label, parcel)
  await context.emit({ topic: 'parcel.registered', data: parcel })
  return { status: 201, body: { parcel } }
}
