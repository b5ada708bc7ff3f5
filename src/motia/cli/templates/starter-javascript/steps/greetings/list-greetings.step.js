// GET /greetings shows what the event Step counted.

/** @type {import('motia').ApiRouteConfig} */
export const config = {
  type: 'api',
  name: 'ListGreetings',
  description: 'Who was greeted, and how often',
  method: 'GET',
  path: '/greetings',
  flows: ['greetings'],
}

/** @type {import('motia').Handlers['ListGreetings']} */
export const handler = async (_, { state }) => {
  return { status: 200, body: await state.getAll('greetings') }
}
