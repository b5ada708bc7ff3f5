import type { QueueConfig, RetryConfig } from './config.js'
import type { FlowContext, StateTriggerInput, StreamTriggerInput } from './context.js'
import type { ApiMiddleware, ApiRequest, QueryParam } from './http.js'
import type { AnySchema } from './schema.js'

/** Decides, in the worker, whether the handler runs; no result counts as yes. */
export type TriggerCondition<TInput = any> = (
  input: TInput,
  ctx: FlowContext<any, any>,
) => boolean | null | undefined | void | Promise<boolean | null | undefined | void>
export const TriggerCondition = undefined

export interface ApiTrigger {
  type: 'http' | 'api'
  path: string
  method?: string
  bodySchema?: AnySchema
  responseSchema?: Record<string | number, any> | AnySchema
  queryParams?: readonly (QueryParam | string)[]
  middleware?: ApiMiddleware | readonly ApiMiddleware[]
  condition?: TriggerCondition
}
export const ApiTrigger = undefined

export interface QueueTrigger {
  type: 'queue' | 'event' | 'durable:subscriber'
  topic: string
  input?: AnySchema
  config?: QueueConfig | RetryConfig
  condition?: TriggerCondition
}
export const QueueTrigger = undefined

export interface CronTrigger {
  type: 'cron'
  expression?: string
  cron?: string
  schedule?: string
  timezone?: string
  overlap?: 'skip' | 'queue' | 'allow' | 'cancel'
  catchUp?: boolean | 'none' | 'last' | 'all'
  condition?: TriggerCondition
}
export const CronTrigger = undefined

export interface StateTrigger {
  type: 'state'
  groupId?: string
  key?: string
  condition?: TriggerCondition
}
export const StateTrigger = undefined

export interface StreamTrigger {
  type: 'stream'
  streamName: string
  groupId?: string
  itemId?: string
  condition?: TriggerCondition
}
export const StreamTrigger = undefined

export type TriggerConfig = ApiTrigger | QueueTrigger | CronTrigger | StateTrigger | StreamTrigger
export const TriggerConfig = undefined

/** Whatever a triggers-form handler may get as its first argument. */
export type TriggerInput<TData = any> = ApiRequest<TData> | StateTriggerInput | StreamTriggerInput | TData | null
export const TriggerInput = undefined
