export const config = { name: 'WeighTruck', type: 'api', path: '/trucks', method: 'POST', emits: ['truck.weighed'] }

export const handler = async (req, context) => {
  await context.state.set('trucks', req.body.plate, req.body)
  await context.emit({ topic: 'truck.weighed', data: req.body })
  await context.streams.trucks.set(req.body.plate, req.body)
  context.logger.info('weighed')
  return { status: 201, body: { plate: req.body.plate } }
}
