import type { Emits } from './events.js'
import type { ApiMiddleware, ApiRouteMethod, QueryParam } from './http.js'
import type { AnySchema } from './schema.js'
import type { TriggerConfig } from './triggers.js'

/** How failed attempts are repeated. `maxAttempts` counts all attempts; times are milliseconds. */
export interface RetryConfig {
  maxAttempts?: number
  backoff?: 'exponential' | 'fixed' | 'linear' | 'none'
  delay?: number
  maxDelay?: number
  jitter?: 'full' | 'none'
  timeout?: number
}

/** Queue settings of a subscription; times are seconds except `backoffDelayMs`. */
export interface QueueConfig {
  type?: 'standard' | 'fifo'
  maxRetries?: number
  visibilityTimeout?: number
  delaySeconds?: number
  concurrency?: number
  backoffType?: 'fixed' | 'exponential'
  backoffDelayMs?: number
}
export const QueueConfig = undefined

export interface HandlerConfig {
  /** Seconds, 1 to 900. */
  timeout?: number
  /** Megabytes, 128 to 10240. */
  ram?: number
  cpu?: number
}
export const HandlerConfig = undefined

export interface InfrastructureConfig {
  handler?: HandlerConfig
  queue?: QueueConfig
}
export const InfrastructureConfig = undefined

/** Fields every Step may have. */
export interface CommonConfig {
  name?: string
  id?: string
  description?: string
  flows?: readonly string[] | string
  emits?: readonly Emits[]
  enqueues?: readonly Emits[]
  virtualEmits?: readonly Emits[]
  virtualEnqueues?: readonly Emits[]
  virtualSubscribes?: readonly string[]
  includeFiles?: readonly string[]
  infrastructure?: InfrastructureConfig
  retry?: RetryConfig
  concurrency?: number
  /** Milliseconds. */
  timeout?: number
  validation?: 'enforce' | 'warn' | 'off'
  strictEmits?: boolean
  /** What a run does becomes visible in one commit when it has succeeded, or not at all. */
  atomic?: boolean
  middleware?: ApiMiddleware | readonly ApiMiddleware[]
}

export interface ApiFields {
  path: string
  method?: ApiRouteMethod | Lowercase<ApiRouteMethod>
  bodySchema?: AnySchema
  /** A schema for the body, or one each for body, query, params, headers and response. */
  schema?: AnySchema | { body?: AnySchema; query?: AnySchema; params?: AnySchema; headers?: AnySchema; response?: unknown }
  responseSchema?: Record<string | number, any> | AnySchema
  queryParams?: readonly (QueryParam | string)[]
}

export interface EventFields {
  subscribes?: readonly string[] | string
  topic?: string
  topics?: readonly string[]
  input?: AnySchema | null
  schema?: AnySchema
  inputSchema?: AnySchema
}

export interface CronFields {
  cron?: string | readonly string[]
  schedule?: string | readonly string[]
  expression?: string | readonly string[]
  timezone?: string
  overlap?: 'skip' | 'queue' | 'allow' | 'cancel'
  catchUp?: boolean | 'none' | 'last' | 'all'
}

export interface NoopFields {
  input?: AnySchema | null
  schema?: AnySchema
  inputSchema?: AnySchema
}

export interface ApiRouteConfig extends CommonConfig, ApiFields {
  type: 'api' | 'http'
}
export const ApiRouteConfig = undefined

export interface EventConfig extends CommonConfig, EventFields {
  type: 'event' | 'queue'
}
export const EventConfig = undefined

export interface CronConfig extends CommonConfig, CronFields {
  type: 'cron'
}
export const CronConfig = undefined

export interface NoopConfig extends CommonConfig, NoopFields {
  type: 'noop'
}
export const NoopConfig = undefined

/** A Step that lists its triggers instead of naming one type. */
export interface TriggersConfig extends CommonConfig {
  triggers: readonly TriggerConfig[]
  type?: never
}

export type StepConfig = ApiRouteConfig | EventConfig | CronConfig | NoopConfig | TriggersConfig
export const StepConfig = undefined
