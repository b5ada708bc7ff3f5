// GET /hello: the address older projects know, with the greeting of GET /hello-world.

/** @type {import('motia').ApiRouteConfig} */
export const config = {
  type: 'api',
  name: 'HelloAPI',
  description: 'Greets the world',
  method: 'GET',
  path: '/hello',
  emits: ['greeting.sent'],
  flows: ['greetings'],
}

/** @type {import('motia').Handlers['HelloAPI']} */
export const handler = async (_, { emit }) => {
  await emit({ topic: 'greeting.sent', data: { name: 'World' } })
  return { status: 200, body: { message: 'Hello, World!' } }
}
