import type { EventConfig, Handlers } from 'motia'

export const config: EventConfig = {
  name: 'SortLetter',
  type: 'event',
  subscribes: ['letter.posted'],
  emits: ['letter.sorted', 'letter.lost'],
}

export const handler: Handlers['SortLetter'] = async (input, context) => {
  const { letter, town } = input.data
  if (await context.state.get('sorted', letter)) {
    context.logger.info('letter sorted before', { letter })
    return
  }
  try {
    if (!town) throw new Error('no town')
    await context.emit({ topic: 'letter.sorted', data: { letter } })
    await context.state.set('sorted', letter, { town })
    await context.state.increment('counters', 'sorted')
  } catch (error) {
    context.logger.error('letter lost', { error: error.message })
    await context.emit({ topic: 'letter.lost', data: { original: input.data, error: error.message } })
  }
}
