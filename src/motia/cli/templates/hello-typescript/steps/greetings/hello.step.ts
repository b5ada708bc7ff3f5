// GET /hello: the address older projects know, with the greeting of GET /hello-world.
import { type ApiRouteConfig, type Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'HelloAPI',
  description: 'Greets the world',
  method: 'GET',
  path: '/hello',
  emits: ['greeting.sent'],
  flows: ['greetings'],
}

export const handler: Handlers['HelloAPI'] = async (_, { emit }) => {
  await emit({ topic: 'greeting.sent', data: { name: 'World' } })
  return { status: 200, body: { message: 'Hello, World!' } }
}
