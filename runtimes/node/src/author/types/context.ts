import type { ApiRequest } from './http.js'
import type { EmitCanceller, Emitter } from './events.js'
import type { InternalStateManager } from './state.js'
import type { Streams } from './streams.js'

/** Writes log records of the running Step. Objects are merged into the record; errors are expanded. */
export interface Logger {
  info(msg: unknown, ...args: unknown[]): void
  warn(msg: unknown, ...args: unknown[]): void
  warning(msg: unknown, ...args: unknown[]): void
  error(msg: unknown, ...args: unknown[]): void
  debug(msg: unknown, ...args: unknown[]): void
  trace(msg: unknown, ...args: unknown[]): void
  critical(msg: unknown, ...args: unknown[]): void
  fatal(msg: unknown, ...args: unknown[]): void
  exception(msg: unknown, ...args: unknown[]): void
  log(level: string, msg: unknown, ...args: unknown[]): void
  addListener(listener: (level: string, msg: string, args?: Record<string, unknown>) => void): void
}
export const Logger = undefined

export type TriggerType = 'http' | 'queue' | 'cron' | 'state' | 'stream'

/** What started the handler. */
export interface TriggerInfo {
  type: TriggerType | 'manual'
  index: number
  path?: string
  method?: string
  topic?: string
  expression?: string
  /** Started by `motia.trigger`, the command line or the Workbench. */
  manual?: boolean
}
export const TriggerInfo = undefined

/** One callback per kind of trigger; `default` takes the rest. */
export interface MatchHandlers<TInput = any, TResult = any> {
  http?: (request: ApiRequest<TInput>) => TResult | Promise<TResult>
  api?: (request: ApiRequest<TInput>) => TResult | Promise<TResult>
  queue?: (input: TInput) => TResult | Promise<TResult>
  event?: (input: TInput) => TResult | Promise<TResult>
  cron?: () => TResult | Promise<TResult>
  state?: (change: StateTriggerInput) => TResult | Promise<TResult>
  stream?: (change: StreamTriggerInput) => TResult | Promise<TResult>
  default?: (input: any) => TResult | Promise<TResult>
}

/** What `match` gives: what any of the callbacks returns. */
export type MatchResult<H> = { [K in keyof H]: H[K] extends (...args: any[]) => infer R ? Awaited<R> : never }[keyof H]

/** A change of state that fired a `state` trigger. */
export interface StateTriggerInput<T = any> {
  type: 'state'
  event_type: 'state:created' | 'state:updated' | 'state:deleted'
  scope: string
  key: string
  group_id: string
  item_id: string
  old_value: T | null
  new_value: T | null
  readonly eventType: string
  readonly groupId: string
  readonly itemId: string
  readonly oldValue: T | null
  readonly newValue: T | null
}
export const StateTriggerInput = undefined

/** A change of a stream that fired a `stream` trigger. */
export interface StreamTriggerInput<T = any> {
  type: 'stream'
  timestamp: number
  streamName: string
  groupId: string
  id: string
  event: { type: 'create' | 'update' | 'delete'; data: T }
}
export const StreamTriggerInput = undefined

/** Everything a handler can reach. Members work destructured and unbound. */
export interface FlowContext<TEmit = any, TInput = any> {
  readonly traceId: string
  readonly emit: Emitter<TEmit>
  readonly enqueue: Emitter<TEmit>
  readonly cancelEmit: EmitCanceller
  readonly logger: Logger
  readonly state: InternalStateManager
  readonly streams: Streams
  readonly flows: string[]
  readonly trigger: TriggerInfo
  readonly is: Record<TriggerType | 'api' | 'event', (input?: unknown) => boolean>
  getData(): TInput
  match<H extends MatchHandlers<TInput, unknown>>(handlers: H): Promise<MatchResult<H>>
  match<R = any>(handlers: MatchHandlers<TInput, R>): Promise<R>
  /** Attempt number, from 1. */
  readonly attempt: number
  /** Attempts that failed before this one. */
  readonly retryCount: number
  readonly maxAttempts: number
  readonly stepName: string
  readonly topic: string | undefined
  readonly deliveryId: string | undefined
  /** The tick of a cron Step; null when it was started by hand. */
  readonly scheduledTime: number | null
  /** Aborted when the attempt times out, the client leaves or the worker shuts down. */
  readonly signal: AbortSignal
}
export const FlowContext = undefined
