/** One event to publish. `delay` is milliseconds or a text like `"5m"`; `at` is a point in time. */
export interface Event<TTopic extends string = string, TData = any> {
  topic: TTopic
  data?: TData
  messageGroupId?: string
  delay?: number | string
  at?: Date | string | number
  idempotencyKey?: string
}
export const Event = undefined

export type EmitData<TTopic extends string = string, TData = any> = Event<TTopic, TData>
export const EmitData = undefined
export type EnqueueData<TTopic extends string = string, TData = any> = Event<TTopic, TData>
export const EnqueueData = undefined

type Extras = Omit<Event, 'topic' | 'data'>

/** Publishes events; resolves when they are durably stored. */
export interface Emitter<TEvent = any> {
  (event: TEvent & Extras): Promise<void>
  (events: (TEvent & Extras)[]): Promise<void>
  (
    topic: TEvent extends { topic: infer Topic } ? Topic : string,
    data?: TEvent extends { data: infer Data } ? Data : any,
  ): Promise<void>
}
export const Emitter = undefined

export type Emit<TEvent = any> = Emitter<TEvent>
export const Emit = undefined
export type Enqueuer<TEvent = any> = Emitter<TEvent>
export const Enqueuer = undefined
export type Enqueue<TEvent = any> = Emitter<TEvent>
export const Enqueue = undefined

/** How a config names an output: the topic, or the topic with a label for the drawing. */
export type Emits = string | { topic: string; label?: string; conditional?: boolean }
export type Enqueues = Emits
export const Enqueues = undefined
