import { cancellerFor, emitterFor } from '../author/emit.js'
import { createLogger } from '../author/logger.js'
import { stateFor } from '../author/state.js'
import { streamsFor } from '../author/streams.js'
import type { EmitCanceller, Emitter } from '../author/types/events.js'
import type { FlowContext, Logger, MatchHandlers, TriggerInfo } from '../author/types/context.js'
import type { InternalStateManager } from '../author/types/state.js'
import type { Streams } from '../author/types/streams.js'
import type { Attempt } from './attempt.js'

/** Other names for the kinds of triggers, in `match` and `is`. */
const OTHER_NAMES: Record<string, string> = { http: 'api', queue: 'event' }

/**
 * The second argument of a handler. Members are made when first read, because most handlers use two or three of them; they
 * are bound, because most handlers destructure them (CTX-21).
 */
export class StepContext {
  readonly #attempt: Attempt
  #emit: Emitter<any> | undefined
  #logger: Logger | undefined
  #state: InternalStateManager | undefined
  #streams: Streams | undefined
  #trigger: TriggerInfo | undefined
  #is: FlowContext['is'] | undefined

  constructor(attempt: Attempt) {
    this.#attempt = attempt
  }

  get traceId(): string {
    return this.#attempt.header.traceId
  }
  get emit(): Emitter<any> {
    return (this.#emit ??= emitterFor(this.#attempt))
  }
  get enqueue(): Emitter<any> {
    return this.emit
  }
  get cancelEmit(): EmitCanceller {
    return cancellerFor(this.#attempt)
  }
  get logger(): Logger {
    return (this.#logger ??= createLogger(this.#attempt))
  }
  get state(): InternalStateManager {
    return (this.#state ??= stateFor(this.#attempt))
  }
  get streams(): Streams {
    return (this.#streams ??= streamsFor(this.#attempt))
  }
  get flows(): string[] {
    return this.#attempt.step.binding.flows
  }
  get trigger(): TriggerInfo {
    return (this.#trigger ??= describeTrigger(this.#attempt))
  }
  get is(): FlowContext['is'] {
    return (this.#is ??= guards(this.#attempt.triggerType))
  }
  get getData(): () => any {
    return () => dataOf(this.#attempt)
  }
  get match(): (handlers: MatchHandlers) => Promise<any> {
    return (handlers) => match(this.#attempt, handlers)
  }
  get attempt(): number {
    return this.#attempt.number
  }
  get retryCount(): number {
    return this.#attempt.number - 1
  }
  get maxAttempts(): number {
    return this.#attempt.step.binding.maxAttempts
  }
  get stepName(): string {
    return this.#attempt.step.binding.name
  }
  get topic(): string | undefined {
    return this.#attempt.header.topic
  }
  get deliveryId(): string | undefined {
    return this.#attempt.header.deliveryId
  }
  get scheduledTime(): number | null {
    return this.#attempt.header.scheduledTime ?? null
  }
  get signal(): AbortSignal {
    return this.#attempt.signal
  }

  get cancel_emit(): EmitCanceller {
    return this.cancelEmit
  }
  get trace_id(): string {
    return this.traceId
  }
  get get_data(): () => any {
    return this.getData
  }
  get retry_count(): number {
    return this.retryCount
  }
  get max_attempts(): number {
    return this.maxAttempts
  }
  get step_name(): string {
    return this.stepName
  }
  get delivery_id(): string | undefined {
    return this.deliveryId
  }
  get scheduled_time(): number | null {
    return this.scheduledTime
  }
}

function describeTrigger({ header, plan, triggerType }: Attempt): TriggerInfo {
  const info: TriggerInfo = { type: triggerType, index: header.trigger ?? 0 }
  if (triggerType === 'http') {
    info.path = plan.path ?? header.path
    info.method = header.method ?? plan.method
  }
  if (header.topic !== undefined) info.topic = header.topic
  if (triggerType === 'cron' && plan.expression !== undefined) info.expression = plan.expression
  if (header.kind === 'manual') info.manual = true
  return info
}

function guards(type: TriggerInfo['type']): FlowContext['is'] {
  const entries = ['http', 'api', 'queue', 'event', 'cron', 'state', 'stream'].map((name) => [
    name,
    () => name === type || name === OTHER_NAMES[type],
  ])
  return Object.fromEntries(entries)
}

function dataOf({ triggerType, input }: Attempt): unknown {
  if (triggerType === 'http') return input.body
  return triggerType === 'cron' ? undefined : input
}

async function match(attempt: Attempt, handlers: MatchHandlers): Promise<any> {
  const type = attempt.triggerType
  const table = handlers as Record<string, ((input?: any) => unknown) | undefined>
  const handler = table[type] ?? table[OTHER_NAMES[type] ?? ''] ?? table.default
  if (typeof handler !== 'function') {
    throw new Error(`No handler matched for trigger type: ${type}. Available handlers: ${Object.keys(handlers ?? {}).join(', ')}`)
  }
  return type === 'cron' ? handler() : handler(attempt.input)
}
