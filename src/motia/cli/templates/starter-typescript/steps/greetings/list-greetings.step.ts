// GET /greetings shows what the event Step counted.
import { type ApiRouteConfig, type Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'ListGreetings',
  description: 'Who was greeted, and how often',
  method: 'GET',
  path: '/greetings',
  flows: ['greetings'],
}

export const handler: Handlers['ListGreetings'] = async (_, { state }) => {
  return { status: 200, body: await state.getAll<number>('greetings') }
}
