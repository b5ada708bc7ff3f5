// GET /hello-world answers at once. What else a greeting causes is done after the response, by
// whoever listens.
import { type ApiRouteConfig, type Handlers } from 'motia'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'HelloWorld',
  description: 'Greets whoever asks',
  method: 'GET',
  path: '/hello-world',
  schema: {
    // A request that does not fit is answered with 400 and never gets here.
    query: {
      type: 'object',
      properties: { name: { type: 'string', minLength: 1, maxLength: 60 } },
    },
  },
  emits: ['greeting.sent'],
  flows: ['greetings'],
}

export const handler: Handlers['HelloWorld'] = async (req, { emit, logger }) => {
  const name: string = req.queryParams.name ?? 'World'

  // The event is on disk when this resolves, so it gets to its subscribers even if the power fails
  // now.
  await emit({ topic: 'greeting.sent', data: { name } })

  // Fields, rather than text glued together, can be searched for later: motia logs --step
  // HelloWorld
  logger.info('Greeted', { name })
  return { status: 200, body: { message: `Hello, ${name}!` } }
}
