// Function form and triggers form infer everything from the config.
import motia, {
  HttpError,
  api,
  cron,
  event,
  getContext,
  http,
  logger,
  multiTriggerStep,
  noop,
  queue,
  state,
  stateManager,
  step,
  stream,
} from 'motia'
import { api as apiOfCore } from '@motia/core'
import { same, text } from './same'

const quote = { type: 'object', properties: { id: { type: 'string' }, n: { type: 'number' } }, required: ['id', 'n'] } as const
type Quote = { id: string; n: number }

export const add = api({ id: 'add', method: 'POST', path: '/a', schema: { body: quote } }, async ({ body, params }, ctx) => {
  same<typeof body, Quote>(true)
  same<typeof ctx.attempt, number>(true)
  // @ts-expect-error: the body has no such field
  text(body.nothing)
  return { status: 201, body: params.id }
})
export const old = apiOfCore({ id: 'old', path: '/old' }, () => 'text')
export const rate = event({ id: 'rate', input: quote }, async ({ n }) => same<typeof n, number>(true))
export const trim = cron({ id: 'trim', schedule: '@daily' }, async (ctx) => ctx.state.clear('g'))
export const drawn = noop({ id: 'drawn' })
export const many = step(
  {
    name: 'Many',
    triggers: [http('GET', '/c', { bodySchema: quote }), queue('t', { input: quote }), cron('@daily'), state(), stream('s')],
  },
  async (_input, ctx) => ctx.match({ http: async (request) => request.path, queue: (data) => data, default: () => null }),
)
export const one = step({ name: 'One', triggers: [queue('t', { input: quote })] }, async (input) => {
  same<typeof input, Quote>(true)
})
export const built = multiTriggerStep({ name: 'Built', triggers: [http('GET', '/m'), cron('@daily')] })
  .onHttp(async (req) => req.body)
  .onCron((ctx) => ctx.logger.info('x'))
  .handlers()
// @ts-expect-error: an API Step needs a path
api({ id: 'pathless' }, () => 1)
// @ts-expect-error: a Step needs a function
event({ id: 'no-function' }, 'text')
// @ts-expect-error: no such kind of trigger
multiTriggerStep({ name: 'X', triggers: [] }).onHttps(() => 1)

export async function outside(): Promise<unknown> {
  const { id } = await motia.trigger('rate', { id: 'q' })
  same<typeof id, string>(true)
  const stored = await stateManager.get<number>('k')
  same<typeof stored, number | null>(true)
  // @ts-expect-error: a Step is started by its name
  await motia.trigger(7)
  // @ts-expect-error: no such method
  await stateManager.fetch('k')
  logger.info('done', getContext().traceId)
  throw new HttpError(404, { id })
}
