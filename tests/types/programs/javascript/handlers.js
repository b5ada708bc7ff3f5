// Handlers by name, from the generated map, and from their config, in JavaScript with types in comments.

/** @type {import('motia').Handlers['AddQuote']} */
export const add = async (req, ctx) => {
  req.body.text.toUpperCase()
  await ctx.emit({ topic: 'quote.added', data: { id: 'q', kind: 'long' } })
  // @ts-expect-error: the body has no such field
  req.body.nothing
  // @ts-expect-error: the context has no such member
  ctx.tracingId
  return { status: 201, body: { id: 'q' } }
}
/** @type {import('motia').Handlers['IndexQuote']} */
export const index = async (input) => {
  /** @type {'long' | 'short'} */
  const kind = input.kind
  // @ts-expect-error: the input has no such field
  return [kind, input.nothing]
}
// @ts-expect-error: no such Step
/** @type {import('motia').Handlers['Nobody']} */
export const nobody = async () => {}

const asked = /** @type {const} */ ({
  type: 'api',
  path: '/ask',
  bodySchema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
  emits: ['asked'],
})
/** @type {import('motia').Handlers<typeof asked>} */
export const ask = async (req, { emit }) => {
  req.body.n.toFixed()
  await emit({ topic: 'asked', data: 1 })
  // @ts-expect-error: not one of the Step's topics
  await emit({ topic: 'answered', data: 1 })
}
/** @type {import('motia').StepHandler<typeof asked>} */
export const askToo = ask

/** @type {import('motia').EventConfig} */
export const event = { type: 'event', subscribes: ['a'], retry: { maxAttempts: 3 }, concurrency: 2 }
/** @type {import('motia').CronConfig} */
export const cron = { type: 'cron', schedule: '@daily' }
/** @type {import('motia').StepHandler<typeof cron>} */
export const tick = async (_, ctx) => ctx.logger.info('tick')
/** @type {import('motia').ApiRouteConfig} */
// @ts-expect-error: an API Step needs a path
export const pathless = { type: 'api' }
