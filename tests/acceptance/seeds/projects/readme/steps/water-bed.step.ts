import { type ApiRouteConfig, type Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'WaterBed',
  method: 'POST',
  path: '/beds/:bed/water',
  emits: ['bed.watered'],
  flows: ['greenhouse'],
}

export const handler: Handlers['WaterBed'] = async (req, { emit, logger }) => {
  logger.info('watering', { bed: req.pathParams.bed })
  await emit({ topic: 'bed.watered', data: { bed: req.pathParams.bed, litres: req.body.litres } })
  return { status: 202, body: { queued: true } }
}
