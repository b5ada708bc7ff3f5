/** One event to publish. Durations are milliseconds or a text like `"5m"`. */
export interface Event<TTopic extends string = string, TData = any> {
  topic: TTopic
  data?: TData
  /** For fifo subscribers: events of one group are handled one at a time, in order. */
  messageGroupId?: string | number
  /** Not before that long from now. */
  delay?: number | string
  /** Not before that point in time. */
  at?: Date | string | number
  /** A subscriber that could not begin it within that time after it was due gets a dead letter (`expired`) instead. */
  ttl?: number | string
  /** A second event with the same key is not delivered again. */
  idempotencyKey?: string | number
  /** Whose the key is: the project's (default), or only that of the delivery or request that is being handled. */
  idempotencyScope?: 'global' | 'run'
  /** How long the key counts: 1 ms to 30 days, 24 hours by default. */
  idempotencyTtl?: number | string
  /** Not delivered to a subscriber for whom one with the same key waits and has not begun. */
  dedupKey?: string | number
}
export const Event = undefined

/** Which events to take back: those of a topic that were emitted with these keys. At least one key is needed. */
export type EmittedWith<TTopic extends string = string> = { topic: TTopic } & (
  | { idempotencyKey: string | number; idempotencyScope?: 'global' | 'run'; dedupKey?: string | number }
  | { idempotencyKey?: undefined; idempotencyScope?: undefined; dedupKey: string | number }
)
export const EmittedWith = undefined

/** Takes back what has not begun; resolves to the number of deliveries that are cancelled. */
export type EmitCanceller = (emitted: EmittedWith) => Promise<number>
export const EmitCanceller = undefined

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
