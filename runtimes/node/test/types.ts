/** What authors may write, judged by the type checker alone: `npm run check`. Nothing here runs. */
import motia, {
  ApiRouteConfig,
  CronConfig,
  EventConfig,
  Handlers,
  HttpError,
  NoopConfig,
  StepConfig,
  StepHandler,
  Stream,
  StreamConfig,
  api,
  cron,
  event,
  http,
  jsonSchema,
  logger,
  multiTriggerStep,
  noop,
  queue,
  state,
  stateManager,
  step,
  stream,
  trigger,
} from 'motia'
import {
  type ApiRequest,
  type ApiResponse,
  type ApiRouteHandler,
  type CronHandler,
  type EventHandler,
  type FlowContext,
  type InferSchema,
  type MotiaStream,
  type StreamItem,
  getContext,
  isQueueTrigger,
} from 'motia'
import {
  type Config,
  type MotiaPlugin,
  type MotiaPluginContext,
  type ProjectErrorHandler,
  MotiaConfig,
  config as typed,
  defineConfig,
} from 'motia'
import { ApiNode } from 'motia/workbench'
import { z } from 'zod'
import { z as z3 } from 'zod3'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function same<A, B>(proof: Equal<A, B>): void

const quote = z.object({ id: z.string(), n: z.number().default(1) })
type Quote = { id: string; n: number }

// Type form: annotated, inferred, and the generated map.
export const annotated: ApiRouteConfig = {
  type: 'api',
  name: 'A',
  method: 'POST',
  path: '/a',
  bodySchema: quote,
  emits: ['x'],
  flows: ['f'],
}
export const annotatedHandler: StepHandler<typeof annotated> = async (
  req,
  { emit, logger, state, streams, traceId, flows, signal },
) => {
  logger.info('hi', { traceId, flows, aborted: signal.aborted })
  await emit({ topic: 'anything', data: req.body })
  await state.set('g', 'k', 1)
  await streams.rooms!.set('i', { a: 1 })
  return { status: 200, body: { ok: true } }
}

export const inferred = {
  type: 'api',
  path: '/a',
  bodySchema: quote,
  emits: ['x', { topic: 'y', label: 'Y' }],
} as const satisfies StepConfig
export const inferredHandler: Handlers<typeof inferred> = async (req, ctx) => {
  same<typeof req.body, Quote>(true)
  await ctx.emit({ topic: 'x', data: 1 })
  await ctx.emit([{ topic: 'y' }])
  await ctx.emit({
    topic: 'x',
    delay: '5m',
    ttl: 1000,
    idempotencyKey: 7,
    idempotencyScope: 'run',
    idempotencyTtl: '30d',
    dedupKey: 'd',
  })
  // @ts-expect-error there are two scopes
  await ctx.emit({ topic: 'x', idempotencyKey: 'k', idempotencyScope: 'trace' })
  const cancelled: number = await ctx.cancelEmit({ topic: 'x', idempotencyKey: 'k', idempotencyScope: 'run' })
  await ctx.cancelEmit({ topic: 'x', dedupKey: cancelled })
  // @ts-expect-error a key is needed
  await ctx.cancelEmit({ topic: 'x' })
  await ctx.enqueue('x', 1)
  // @ts-expect-error: not one of the declared topics
  await ctx.emit({ topic: 'z', data: 1 })
  return { ok: true }
}

declare module 'motia' {
  interface StepHandlers {
    'Add quote': ApiRouteHandler<{ id: string }, ApiResponse<201, { id: string }>, { topic: 'quote.added'; data: { id: string } }>
    Tick: CronHandler<never>
  }
  interface FlowContextStateStreams {
    declared: MotiaStream<{ text: string }>
  }
}
export const named: Handlers['Add quote'] = async (req, { emit, streams }) => {
  same<typeof req.body.id, string>(true)
  await emit({ topic: 'quote.added', data: { id: req.body.id } })
  const item = await streams.declared.get('i')
  same<string | undefined, NonNullable<typeof item>['text'] | undefined>(true)
  await streams.undeclared!.set({ a: 1 })
  return { status: 201, body: { id: '1' } }
}
// @ts-expect-error: no Step of that name
export const unknown: Handlers['Nobody'] = async () => {}

// Every kind requires only what it needs, and knows the keys of all dialects.
export const event1: EventConfig = {
  type: 'event',
  subscribes: ['a'],
  retry: { maxAttempts: 3, backoff: 'exponential', timeout: 1000 },
  concurrency: 2,
  infrastructure: { queue: { type: 'fifo' } },
}
export const cron1: CronConfig = { type: 'cron', schedule: '* * * * *', timezone: 'UTC' }
export const cron2: StepConfig = { type: 'cron', cron: ['@daily', '@hourly'], overlap: 'skip' }
export const noop1: NoopConfig = { type: 'noop' }
// @ts-expect-error: an API Step needs a path
export const pathless: ApiRouteConfig = { type: 'api' }

export const onEvent: StepHandler<typeof event1> = async ({ anything }, { attempt, maxAttempts }) => [
  anything,
  attempt < maxAttempts,
]
export const cronWithOne: StepHandler<typeof cron1> = async ({ logger }) => logger.info('tick')
export const cronWithTwo: StepHandler<typeof cron1> = async (_, { emit }) => emit({ topic: 'a' })
export const cronWithNone: StepHandler<typeof cron1> = async () => {}
export const typedEvent: EventHandler<Quote, { topic: 'a'; data: string }> = async (input, { emit }) =>
  emit({ topic: 'a', data: input.id })

// Function form infers from the config.
export const f1 = api(
  { id: 'add', method: 'POST', path: '/a', schema: { body: quote } },
  async ({ body, params, query, cookies }) => {
    same<typeof body, Quote>(true)
    return { status: 201, body: [body.id, params.id, query.page, cookies.a] }
  },
)
same<typeof f1.config.path, '/a'>(true)
export const f2 = event({ id: 'rate', input: z3.object({ stars: z3.number() }), concurrency: 2 }, async ({ stars }) => ({
  stars: Math.min(stars, 5),
}))
export const f3 = event({ id: 'loose' }, async ({ a, b }, ctx) => ctx.logger.info('x', [a, b]))
export const f4 = cron({ id: 'trim', schedule: '@daily' }, async (ctx) => ctx.state.clear('g'))
export const f5 = cron({ schedule: '@daily' }, async (_, ctx) => ctx.emit('a'))
export const f6 = [
  noop({ id: 'n' }),
  noop({ id: 'm' }, async (input) => input),
  http({ path: '/x' }, () => 'x'),
  queue({ topic: 't' }, () => null),
]
export const called = f2({ stars: 1 }, {} as FlowContext<any, any>)

// Triggers form.
export const { config, handler } = step(
  {
    name: 'Count',
    emits: ['done'],
    triggers: [
      http('GET', '/c', { bodySchema: quote }),
      queue('t', { input: z.object({ n: z.number() }) }),
      cron('* * * * *'),
      state(),
      stream('s'),
    ],
  },
  async (input, ctx) => {
    void input
    await ctx.emit({ topic: 'done' })
    return ctx.match({
      http: async (request) => ({ status: 200, body: request.path }),
      queue: (data) => data,
      cron: () => null,
      state: (change) => change.new_value,
      stream: (change) => change.event.data,
      default: () => 1,
    })
  },
)
export const onlyQueue = step({ name: 'Q', triggers: [queue('t', { input: quote })] }, async (input) => {
  same<typeof input, Quote>(true)
})
export const onlyHttp = step({
  name: 'H',
  triggers: [http('POST', '/h', { bodySchema: quote }, (req) => req.body.n > 1)],
}).handle(async ({ request, response }, { is }) => {
  response.status(200).headers({ 'content-type': 'text/event-stream' })
  response.stream.write(String(is.http()))
  await response.close()
  return request.body
})
export const multi = multiTriggerStep({ name: 'M', triggers: [http('GET', '/m'), cron('* * * * *')] })
  .onHttp(async (req) => req.body)
  .onCron((ctx) => ctx.logger.info('x'))
  .handlers({ queue: () => 1 })

// Names without a context, errors, schemas.
export const outside = async (): Promise<unknown> => {
  logger.error('x', new Error('y'), 5)
  const { id, traceId } = await trigger('rate', { stars: 1 })
  await motia.trigger('rate')
  same<typeof id, string>(true)
  const value = await stateManager.get<number>('k')
  same<typeof value, number | null>(true)
  const { old_value } = await stateManager.set('g', 'k', 1)
  const n = await getContext().state.increment('k', 2)
  const both: [number, number | null] = [n, old_value]
  if (both[0] > 1) throw new HttpError(404, { traceId })
  return both
}
same<InferSchema<typeof quote>, Quote>(true)
export const wrapped = jsonSchema(quote)
same<InferSchema<typeof wrapped>, Quote>(true)
export const loose = (req: ApiRequest): unknown => [
  req.anything,
  req.connection.remoteAddress,
  req.user,
  isQueueTrigger({ type: 'queue', topic: 't' }),
  ApiNode,
]

// The project's config.
const onError: ProjectErrorHandler = (error, req, res, next) => (req.path === '/' ? next(error) : res.sendStatus(500))
function panel(motia: MotiaPluginContext): MotiaPlugin {
  const unregister = motia.registerApi({ method: 'GET', path: '/x' }, async (req, ctx) => {
    return { status: 200, body: await ctx.state.getGroup(req.pathParams.g ?? '') }
  })
  return { workbench: [{ packageName: 'p', position: 'top' }], onShutdown: unregister }
}
export const project = defineConfig({
  port: process.env.PORT || 8080,
  workbench: { enabled: true, port: 3000 },
  state: { adapter: 'redis', redis: { url: process.env.REDIS_URL } },
  events: 'nats://localhost',
  database: { url: 'sqlite://./dev.db' },
  redis: { useMemoryServer: true },
  middleware: {
    pre: [
      (req, res, next) => {
        same<typeof req.path, string>(true)
        res.setHeader('a', 1)
        req.user = 1
        if (req.headers.authorization) next()
        else res.status(401).json({ error: req.get('x') })
      },
      async (req, res) => void res.cookie('a', req.ip, { maxAge: 1 }).redirect(303, '/'),
      onError,
    ],
  },
  app: (app) => {
    app.use('/x', (req, res, next) => next(res.locals[req.method]))
    app.get('/y/:id', (req, res) => res.json(req.params.id)).post(/z/, onError)
  },
  streamAuth: { contextSchema: quote, authenticate: async ({ headers }) => headers.cookie ?? null },
  authenticateStream: ({ queryParams }) => ({ context: queryParams.token?.[0] }),
  queue: { maxRetries: 3, adapter: 'rabbitmq' },
  validation: 'warn',
  cors: { origins: ['https://a'], maxAge: 5 },
  requestTimeout: '30s',
  plugins: [panel],
  production: { port: 80, middleware: { pre: [(req, res, next) => next(req.path + res.statusCode)] } },
})
export const later = typed(async () => ({ port: 1 }))
export const constant: MotiaConfig = { strictEmits: true, adapters: { state: 'memory://', cron: { anything: 1 } } }
export const old: Config = { adapters: 'env', trustProxy: ['10.0.0.0/8'], include: '*.ts', staging: { port: 1 } }
// @ts-expect-error
export const misspelt: MotiaConfig = { validation: 'sometimes' }
export const atomicApi: ApiRouteConfig = { type: 'api', name: 'Pay', path: '/pay', atomic: true }
export const atomicEvent: EventConfig = { type: 'event', name: 'Paid', subscribes: ['paid'], atomic: false }
// @ts-expect-error
export const notAtomic: EventConfig = { type: 'event', name: 'Paid', subscribes: ['paid'], atomic: 'yes' }

// Streams: definitions, what their functions get, and the calls.
export const chatDefinition: StreamConfig = {
  name: 'chat',
  schema: quote,
  baseConfig: { storageType: 'custom', factory: () => new Map() },
  canAccess: ({ streamName, groupId, id }, auth) => auth?.room === groupId && streamName === 'chat' && id !== '',
  onJoin: async ({ groupId }, { state, logger }, auth) => {
    logger.info('joined', { auth })
    await state.set('watchers', groupId, 1)
    return { unauthorized: false }
  },
  onLeave: (subscription, ctx) => void ctx.streams.presence!.delete(subscription.groupId, 'x'),
}
// @ts-expect-error: only true and false say who may watch
export const vague: StreamConfig = { name: 'vague', canAccess: () => 'yes' }

export const typedStream = new Stream<Quote>({ name: 'quotes', schema: quote })
export async function streamCalls({ streams }: FlowContext): Promise<void> {
  const pair = await typedStream.set('g', 'i', { id: '1', n: 1 })
  same<NonNullable<typeof pair.new_value>['id'], string>(true)
  const [first] = await typedStream.list('g')
  same<typeof first, StreamItem<Quote> | undefined>(true)
  await typedStream.update('i', { id: '2' })
  // @ts-expect-error: an event has a type
  await typedStream.send({ data: 1 })
  const board = streams.create({ id: 'b', initial: { books: ['Momo'] } })
  same<typeof board.data.books, string[]>(true)
  board.update({ books: [...board.data.books, 'Emil'] })
  await streams.create.get('i')
}
