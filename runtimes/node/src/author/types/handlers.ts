import type { FlowContext, StateTriggerInput, StreamTriggerInput } from './context.js'
import type { ApiRequest, ApiResponse } from './http.js'
import type { InferSchema } from './schema.js'
import type { TriggerConfig } from './triggers.js'

export type ApiRouteHandler<TBody = any, _TResponse = any, TEmit = any> = (
  req: ApiRequest<TBody>,
  ctx: FlowContext<TEmit, TBody>,
) => _TResponse | ApiResponse<number, any> | Promise<_TResponse | ApiResponse<number, any> | void> | void
export const ApiRouteHandler = undefined

// What it returns is `any`, because `unknown` would ask functions in JavaScript to return something.
export type EventHandler<TInput = any, TEmit = any> = (input: TInput, ctx: FlowContext<TEmit, TInput>) => any
export const EventHandler = undefined

/** Declared with one parameter it gets the context; declared with two, nothing and the context (HND-2). */
export type CronHandler<TEmit = any> = (ctx: FlowContext<TEmit, undefined>, ctxOfTwo: FlowContext<TEmit, undefined>) => any
export const CronHandler = undefined

type TopicOf<E> = E extends string
  ? E
  : E extends { readonly topic: infer Topic }
    ? Topic extends string
      ? Topic
      : never
    : never

type EmitsOf<C> = C extends { readonly emits: readonly (infer E)[] }
  ? EventsOf<TopicOf<E>>
  : C extends { readonly enqueues: readonly (infer E)[] }
    ? EventsOf<TopicOf<E>>
    : any

// A config annotated with its general type says nothing about topics.
type EventsOf<Topic extends string> = [Topic] extends [never] ? any : string extends Topic ? any : { topic: Topic; data?: any }

type BodyOf<C> = C extends { readonly bodySchema: infer S }
  ? InferSchema<S>
  : C extends { readonly schema: { readonly body: infer S } }
    ? InferSchema<S>
    : C extends { readonly schema: infer S }
      ? InferSchema<S>
      : any

type InputOf<C> = C extends { readonly input: infer S }
  ? InferSchema<S>
  : C extends { readonly schema: infer S }
    ? InferSchema<S>
    : C extends { readonly inputSchema: infer S }
      ? InferSchema<S>
      : any

type TriggerInputOf<T> = T extends { readonly type: 'http' | 'api' }
  ? ApiRequest<BodyOf<T>>
  : T extends { readonly type: 'queue' | 'event' | 'durable:subscriber' }
    ? InputOf<T>
    : T extends { readonly type: 'cron' }
      ? null
      : T extends { readonly type: 'state' }
        ? StateTriggerInput
        : T extends { readonly type: 'stream' }
          ? StreamTriggerInput
          : any

type TriggersHandler<C, T> = (
  input: TriggerConfig extends T ? any : TriggerInputOf<T>,
  ctx: FlowContext<EmitsOf<C>, T extends { readonly type: 'http' | 'api' } ? BodyOf<T> : TriggerInputOf<T>>,
) => any

/** The handler type that belongs to a config: `StepHandler<typeof config>`. */
export type StepHandler<C = any> = C extends { readonly triggers: readonly (infer T)[] }
  ? TriggersHandler<C, T>
  : C extends { readonly type: 'api' | 'http' }
    ? ApiRouteHandler<BodyOf<C>, any, EmitsOf<C>>
    : C extends { readonly type: 'cron' }
      ? CronHandler<EmitsOf<C>>
      : EventHandler<InputOf<C>, EmitsOf<C>>
export const StepHandler = undefined

/** One handler type per Step name; the generated `types.d.ts` adds the members. */
export interface StepHandlers {}
export const StepHandlers = undefined

/** `Handlers['Name']` finds the generated type of a Step, `Handlers<typeof config>` derives it from the config. */
export type Handlers<C = undefined> = [C] extends [undefined] ? StepHandlers : StepHandler<C>
export const Handlers = undefined

/** The handler type of a function-form Step: its kind is known from the function that is called. */
export type ApiHandlerOf<C> = ApiRouteHandler<BodyOf<C>, any, EmitsOf<C>>
export type EventHandlerOf<C> = EventHandler<InputOf<C>, EmitsOf<C>>
export type CronHandlerOf<C> = CronHandler<EmitsOf<C>>
