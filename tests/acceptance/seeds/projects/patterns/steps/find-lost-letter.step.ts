import type { EventConfig, Handlers } from 'motia'

export const config: EventConfig = { name: 'FindLostLetter', type: 'event', subscribes: ['letter.lost'] }

export const handler: Handlers['FindLostLetter'] = async (input, context) => {
  await context.state.set('lost', input.data.original.letter, input.data)
}
