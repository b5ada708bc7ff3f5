import type { EventConfig, Handlers } from 'motia'

export const config: EventConfig = {
  name: 'RouteParcel',
  type: 'event',
  subscribes: ['parcel.registered'],
  emits: ['parcel.routed'],
  flows: ['parcels'],
}

export const handler: Handlers['RouteParcel'] = async (input, context) => {
  const parcel = input.data
  context.logger.info('routing', { parcel: parcel.id })
  await Promise.all([
    context.emit({ topic: 'parcel.routed', data: { label: parcel.label, hub: 'north' } }),
    context.emit({ topic: 'survey.road', data: { survey: parcel.label } }),
    context.emit({ topic: 'survey.rail', data: { survey: parcel.label } }),
    context.emit({ topic: 'survey.water', data: { survey: parcel.label } }),
    context.emit({ topic: 'nobody.listens', data: {} }),
  ])
}
