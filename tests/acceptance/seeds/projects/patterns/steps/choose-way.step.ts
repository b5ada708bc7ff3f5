import type { EventConfig, Handlers } from 'motia'

export const config: EventConfig = {
  name: 'ChooseWay',
  type: 'event',
  subscribes: ['survey.road.done', 'survey.rail.done', 'survey.water.done'],
  concurrency: 1,
}

export const handler: Handlers['ChooseWay'] = async (input, context) => {
  const { survey } = input.data
  const ways = ['road', 'rail', 'water']
  const hours = await Promise.all(ways.map((way) => context.state.get('surveys', `${survey}-${way}`)))
  if (hours.some((found) => !found)) return
  const best = ways[hours.map((found) => found.hours).indexOf(Math.min(...hours.map((found) => found.hours)))]
  await context.state.set('chosen', survey, best)
}
