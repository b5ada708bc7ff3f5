// Handlers by name, from the generated map, and from their config. `@ts-expect-error` marks what the compiler has to refuse.
import type { ApiRouteConfig, CronConfig, EventConfig, Handlers, NoopConfig, StepConfig, StepHandler } from 'motia'
import { same, text } from './same'

// The generated map.
export const add: Handlers['AddQuote'] = async (req, ctx) => {
  same<typeof req.body, { text: string; stars: number | null }>(true)
  await ctx.emit({ topic: 'quote.added', data: { id: 'q', kind: 'long' } })
  await ctx.state.set('quotes', 'q', req.body)
  // @ts-expect-error: the body has no such field
  text(req.body.nothing)
  // @ts-expect-error: the context has no such member
  text(ctx.tracingId)
  return { status: 201, body: { id: 'q' } }
}
// @ts-expect-error: no such Step
export type Nobody = Handlers['Nobody']
export const index: Handlers['IndexQuote'] = async (input) => {
  same<typeof input.kind, 'long' | 'short'>(true)
  same<typeof input.tags, string[] | undefined>(true)
}
export const tick: Handlers["7 o'clock"] = async ({ logger }) => logger.info('tick')
// @ts-expect-error: a handler is a function
export const noFunction: Handlers['AddQuote'] = 'text'

// Without generated types, from the config.
const asked = {
  type: 'api',
  path: '/ask',
  bodySchema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
  emits: ['asked'],
} as const satisfies StepConfig
export const ask: Handlers<typeof asked> = async (req, { emit }) => {
  same<typeof req.body, { n: number }>(true)
  await emit({ topic: 'asked', data: 1 })
  // @ts-expect-error: not one of the Step's topics
  await emit({ topic: 'answered', data: 1 })
}
export const askToo: StepHandler<typeof asked> = ask

// Config types ask for no more than is needed, and know the words of every dialect.
const api: ApiRouteConfig = { type: 'api', path: '/x' }
const event: EventConfig = { type: 'event', subscribes: ['a'], retry: { maxAttempts: 3 }, concurrency: 2 }
const cron: CronConfig = { type: 'cron', schedule: '@daily', timezone: 'UTC' }
const noop: NoopConfig = { type: 'noop' }
export const several = { triggers: [{ type: 'queue', topic: 'a' }] } as const satisfies StepConfig
export const handlers: [
  StepHandler<typeof api>,
  StepHandler<typeof event>,
  StepHandler<typeof cron>,
  StepHandler<typeof noop>,
  StepHandler<typeof several>,
] = [
  async (req) => ({ status: 200, body: req.query }),
  async ({ anything }, { attempt }) => [anything, attempt],
  async (_, ctx) => ctx.logger.info('tick'),
  async () => {},
  async (input, { trigger }) => [input, trigger.topic],
]
// @ts-expect-error: an API Step needs a path
export const pathless: ApiRouteConfig = { type: 'api' }
// @ts-expect-error: no such type
export const typed: StepConfig = { type: 'apis', path: '/x' }
// @ts-expect-error: no such method
export const method: ApiRouteConfig = { type: 'api', path: '/x', method: 'FETCH' }
// @ts-expect-error: attempts are counted
export const retry: EventConfig = { type: 'event', subscribes: ['a'], retry: { maxAttempts: 'three' } }
