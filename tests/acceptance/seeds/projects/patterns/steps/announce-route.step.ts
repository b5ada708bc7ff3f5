export const config: EventConfig = {
  name: 'AnnounceRoute',
  type: 'event',
  subscribes: ['parcel.weighed'],
  flows: ['parcels'],
}

export const handler: Handlers['AnnounceRoute'] = async (input, context) => {
  const { label, grams } = input.data
  await context.state.set('announcements', label, { grams, by: input.by })
}
