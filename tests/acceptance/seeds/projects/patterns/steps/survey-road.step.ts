import type { EventConfig, Handlers } from 'motia'

export const config: EventConfig = { name: 'SurveyRoad', type: 'event', subscribes: ['survey.road'], emits: ['survey.road.done'] }

export const handler: Handlers['SurveyRoad'] = async (input, context) => {
  await context.state.set('surveys', `${input.data.survey}-road`, { hours: 4 })
  await context.emit({ topic: 'survey.road.done', data: input.data })
}
