/**
 * `api event cron noop http queue`: with a config object they define a Step (function form); `api http queue cron` with a
 * text first make a trigger for a `triggers` list (CFG-6). `state` and `stream` only make triggers.
 */
import { type DefinedStep, type StepKind, defineStep, isConfigObject } from './definition.js'
import type { ApiFields, CommonConfig, CronFields, EventFields, NoopFields, QueueConfig, RetryConfig } from './types/config.js'
import type { FlowContext } from './types/context.js'
import type { ApiHandlerOf, CronHandlerOf, EventHandlerOf } from './types/handlers.js'
import type { ApiMiddleware, QueryParam } from './types/http.js'
import type { AnySchema } from './types/schema.js'
import type { ApiTrigger, CronTrigger, QueueTrigger, StateTrigger, StreamTrigger, TriggerCondition } from './types/triggers.js'

type ApiStepConfig = CommonConfig & ApiFields & { type?: 'api' | 'http' }
type EventStepConfig = CommonConfig & EventFields & { type?: 'event' | 'queue' }
type CronStepConfig = CommonConfig & CronFields & { type?: 'cron' }
type NoopStepConfig = CommonConfig & NoopFields & { type?: 'noop' }

export interface HttpTriggerOptions {
  bodySchema?: AnySchema
  responseSchema?: Record<string | number, any> | AnySchema
  queryParams?: readonly (QueryParam | string)[]
  middleware?: ApiMiddleware | readonly ApiMiddleware[]
}

export interface QueueTriggerOptions {
  input?: AnySchema
  config?: QueueConfig | RetryConfig
}

/** An HTTP Step, or a trigger for one: `http({path, method}, handler)`, `http('GET', '/quotes', options?, condition?)`. */
export function http<const C extends ApiStepConfig, H extends ApiHandlerOf<C>>(
  config: C,
  handler: H & ApiHandlerOf<C>,
): DefinedStep<C, H>
export function http<const M extends string, const P extends string, const O extends HttpTriggerOptions = {}>(
  method: M,
  path: P,
  options?: O,
  condition?: TriggerCondition,
): { type: 'http'; method: M; path: P } & O
export function http(first: unknown, second?: unknown, options?: HttpTriggerOptions, condition?: TriggerCondition): unknown {
  return isConfigObject(first) ? defineStep('http', first, second) : httpTrigger('http', first, second, options, condition)
}

/** An HTTP Step; as a trigger helper, the old name of `http`. */
export function api<const C extends ApiStepConfig, H extends ApiHandlerOf<C>>(
  config: C,
  handler: H & ApiHandlerOf<C>,
): DefinedStep<C, H>
export function api<const M extends string, const P extends string, const O extends HttpTriggerOptions = {}>(
  method: M,
  path: P,
  options?: O,
  condition?: TriggerCondition,
): { type: 'http'; method: M; path: P } & O
export function api(first: unknown, second?: unknown, options?: HttpTriggerOptions, condition?: TriggerCondition): unknown {
  return isConfigObject(first) ? defineStep('api', first, second) : httpTrigger('api', first, second, options, condition)
}

/** A Step that handles events. */
export function event<const C extends EventStepConfig, H extends EventHandlerOf<C>>(
  config: C,
  handler: H & EventHandlerOf<C>,
): DefinedStep<C, H> {
  return defineOnly('event', config, handler)
}

/** A Step that handles events, or a trigger for one: `queue('topic', {input, config}?, condition?)`. */
export function queue<const C extends EventStepConfig, H extends EventHandlerOf<C>>(
  config: C,
  handler: H & EventHandlerOf<C>,
): DefinedStep<C, H>
export function queue<const T extends string, const O extends QueueTriggerOptions = {}>(
  topic: T,
  options?: O,
  condition?: TriggerCondition,
): { type: 'queue'; topic: T } & O
export function queue(first: unknown, second?: unknown, condition?: TriggerCondition): unknown {
  if (isConfigObject(first)) return defineStep('queue', first, second)
  const options =
    typeof second === 'function' ? { condition: second as TriggerCondition } : (second as QueueTriggerOptions | undefined)
  return compact<QueueTrigger>({
    type: 'queue',
    topic: text(first, 'queue', 'topic'),
    ...options,
    condition: condition ?? (options as any)?.condition,
  })
}

/** A Step that runs on a schedule, or a trigger for one: `cron('0 0 * * *', condition?)`. */
export function cron<const C extends CronStepConfig, H extends CronHandlerOf<C>>(
  config: C,
  handler: H & CronHandlerOf<C>,
): DefinedStep<C, H>
export function cron<const E extends string>(
  expression: E,
  conditionOrOptions?: TriggerCondition | Omit<CronTrigger, 'type' | 'expression'>,
): { type: 'cron'; expression: E }
export function cron(first: unknown, second?: unknown): unknown {
  if (isConfigObject(first)) return defineStep('cron', first, second)
  return compact<CronTrigger>({
    type: 'cron',
    expression: text(first, 'cron', 'expression'),
    ...optionsOrCondition<CronTrigger>(second),
  })
}

/** A Step nothing fires by itself: it is drawn, and with a handler it can be started by hand or by `motia.trigger`. */
export function noop<const C extends NoopStepConfig>(
  config: C,
  handler?: (input: any, ctx: FlowContext<any, any>) => unknown,
): DefinedStep<C, (input: any, ctx: FlowContext<any, any>) => unknown> {
  return defineOnly('noop', config, handler)
}

/** A trigger that fires on changes of state. */
export function state(conditionOrOptions?: TriggerCondition | Omit<StateTrigger, 'type'>): StateTrigger {
  return compact<StateTrigger>({ type: 'state', ...optionsOrCondition<StateTrigger>(conditionOrOptions) })
}

/** A trigger that fires on changes of a stream. */
export function stream(
  streamName: string,
  optionsOrConditionValue?: TriggerCondition | Omit<StreamTrigger, 'type' | 'streamName'>,
): StreamTrigger {
  return compact<StreamTrigger>({
    type: 'stream',
    streamName: text(streamName, 'stream', 'name'),
    ...optionsOrCondition<StreamTrigger>(optionsOrConditionValue),
  })
}

function httpTrigger(
  helper: string,
  method: unknown,
  path: unknown,
  options: HttpTriggerOptions | undefined,
  condition: TriggerCondition | undefined,
): ApiTrigger {
  const fields = typeof options === 'function' ? { condition: options as TriggerCondition } : options
  return compact<ApiTrigger>({
    type: 'http',
    method: text(method, helper, 'method').toUpperCase(),
    path: text(path, helper, 'path'),
    ...fields,
    condition: condition ?? (fields as ApiTrigger | undefined)?.condition,
  })
}

function defineOnly(kind: StepKind, config: unknown, handler: unknown): any {
  if (!isConfigObject(config)) throw new TypeError(`${kind}(config, handler): the config must be an object`)
  return defineStep(kind, config, handler)
}

function optionsOrCondition<T>(value: unknown): Partial<T> {
  return (typeof value === 'function' ? { condition: value } : (value ?? {})) as Partial<T>
}

function text(value: unknown, helper: string, argument: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`${helper}(): ${argument} must be a non-empty string, or the first argument a config object`)
}

function compact<T extends object>(fields: T): T {
  for (const key of Object.keys(fields))
    if ((fields as Record<string, unknown>)[key] === undefined) delete (fields as Record<string, unknown>)[key]
  return fields
}
