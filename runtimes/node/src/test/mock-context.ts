/** Contexts for unit tests of handlers, without a server (TST-1, TST-3). */
import { emitterFor } from '../author/emit.js'
import { logger } from '../author/logger.js'
import type { RunningAttempt } from '../author/runtime.js'
import { createState } from '../author/state.js'
import { createStream } from '../author/streams.js'
import type { FlowContext, Logger } from '../author/types/context.js'
import { MemoryCore, emptyMemory, groupOf } from './memory-core.js'
import { type Spy, spyOn } from './spy.js'

type Spied<T> = { [K in keyof T]: T[K] extends (...args: any[]) => any ? Spy<T[K]> : T[K] }

export type MockLogger = Spied<Logger>

/** A context whose functions are spies. State and streams remember what they are given; events go nowhere. */
export type MockContext = Omit<FlowContext<any, any>, 'emit' | 'enqueue' | 'logger' | 'state' | 'streams'> & {
  emit: Spy
  enqueue: Spy
  logger: MockLogger
  state: Spied<FlowContext['state']>
  streams: Record<string, Record<string, Spy>>
}

export interface MockOptions extends Partial<Record<keyof FlowContext, any>> {
  /** What `ctx.getData()` and `ctx.match()` see. */
  input?: unknown
  /** What is stored before, by group and key. */
  stored?: Record<string, Record<string, unknown>>
  /** `state.set` answers with old and new value, as in triggers form. */
  pairResults?: boolean
}

const LEVELS = ['info', 'warn', 'warning', 'error', 'debug', 'trace', 'critical', 'fatal', 'exception', 'log', 'addListener']

/** A logger that writes nothing and remembers its calls. */
export function createMockLogger(): MockLogger {
  return Object.fromEntries(LEVELS.map((name) => [name, spyOn(() => undefined, `logger.${name}`)])) as any
}

/** A context to call a handler with; `options` replace members by others. */
export function createMockContext(options: MockOptions = {}): MockContext {
  const { input, stored = {}, pairResults = false, ...replaced } = options
  const memory = emptyMemory()
  for (const [group, values] of Object.entries(stored))
    for (const [key, value] of Object.entries(values)) groupOf(memory.state, group).set(key, value)
  const attempt: RunningAttempt = {
    callId: 0,
    number: replaced.attempt ?? 1,
    pairResults,
    finished: false,
    get context() {
      return context as any
    },
    track: (work) => work,
  }
  MemoryCore.connected().use(attempt, memory)
  const type = replaced.trigger?.type ?? 'queue'
  const emit = spyOn(emitterFor(attempt) as any, 'emit')
  const context: any = {
    traceId: 'mock-trace-id',
    emit,
    enqueue: emit,
    logger: createMockLogger(),
    state: spied(createState(attempt, pairResults), 'state'),
    streams: streamsOf(attempt, pairResults),
    flows: [],
    trigger: { type, index: 0 },
    is: Object.fromEntries(Object.entries(NAMES).flatMap(([kind, names]) => names.map((name) => [name, () => kind === type]))),
    getData: () => (type === 'http' ? (input as any)?.body : type === 'cron' ? undefined : input),
    match: (handlers: Record<string, any>) => matched(handlers, type, input),
    attempt: 1,
    retryCount: (replaced.attempt ?? 1) - 1,
    maxAttempts: 1,
    stepName: 'Step',
    topic: undefined,
    deliveryId: 'mock-delivery',
    scheduledTime: null,
    signal: new AbortController().signal,
    ...replaced,
  }
  return context
}

/** As `createMockContext`: the name of 0.17 for contexts of event Steps. */
export const createMockFlowContext = createMockContext

/** Silences the logger that Steps import, and remembers what it is told, until `restore` is called. */
export function setupLoggerMock(): MockLogger & { restore(): void } {
  const mock = createMockLogger() as any
  const before: any = { ...logger }
  Object.assign(logger, mock)
  mock.restore = () => Object.assign(logger, before)
  return mock
}

/** A Redis client that keeps what it is given in memory, for code of the author's own that uses one. */
export function createMockRedisClient(): Record<string, Spy> & { isOpen: boolean } {
  const values = new Map<string, string>()
  const commands: Record<string, (...args: any[]) => unknown> = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    quit: async () => 'OK',
    ping: async () => 'PONG',
    on: () => undefined,
    get: async (key: string) => values.get(key) ?? null,
    set: async (key: string, value: unknown) => (values.set(key, String(value)), 'OK'),
    del: async (keys: string | string[]) => [keys].flat().filter((key) => values.delete(key)).length,
    exists: async (keys: string | string[]) => [keys].flat().filter((key) => values.has(key)).length,
    keys: async (pattern: string) => [...values.keys()].filter((key) => globbed(pattern).test(key)),
    incr: async (key: string) => (values.set(key, String(Number(values.get(key) ?? 0) + 1)), Number(values.get(key))),
    expire: async (key: string) => values.has(key),
    flushAll: async () => (values.clear(), 'OK'),
    publish: async () => 0,
    subscribe: async () => undefined,
    unsubscribe: async () => undefined,
  }
  return { ...spied(commands, 'redis'), isOpen: true } as any
}

const NAMES: Record<string, string[]> = {
  http: ['http', 'api'],
  queue: ['queue', 'event'],
  cron: ['cron'],
  state: ['state'],
  stream: ['stream'],
}

function spied(functions: Record<string, any>, name: string): any {
  return Object.fromEntries(
    Object.entries(functions).map(([key, value]) => [key, typeof value === 'function' ? spyOn(value, `${name}.${key}`) : value]),
  )
}

function streamsOf(attempt: RunningAttempt, pairResults: boolean): any {
  const made = new Map<string, unknown>()
  return new Proxy({} as Record<string, unknown>, {
    get(own, name) {
      if (typeof name !== 'string' || name in own) return own[name as string]
      if (!made.has(name)) made.set(name, spied(createStream(name, attempt, pairResults) as any, `streams.${name}`))
      return made.get(name)
    },
  })
}

async function matched(handlers: Record<string, any>, type: string, input: unknown): Promise<unknown> {
  const handler = [...(NAMES[type] ?? [type]), 'default'].map((name) => handlers[name]).find(Boolean)
  if (handler === undefined)
    throw new Error(`No handler matched for trigger type: ${type}. Available handlers: ${Object.keys(handlers).join(', ')}`)
  return type === 'cron' ? handler() : handler(input)
}

function globbed(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
  )
}
