// What goes over the socket: one JSON object in each text frame.

/** What is subscribed to: a group, or the item `id` of it. */
export interface Target {
  streamName: string
  groupId: string
  id?: string
}

/** Something that was pushed to subscribers and is not stored. */
export interface CustomEvent {
  type: string
  data: any
}

/** What happened to an item, or was pushed. */
export type StreamEvent<T> =
  { type: 'create'; data: T } | { type: 'update'; data: T } | { type: 'delete'; data: T } | { type: 'event'; event: CustomEvent }

/** The same for subscribers of one item, which begins with what is there; null: there is no such item (any longer). */
export type ItemStreamEvent<T> = StreamEvent<T> | { type: 'sync'; data: T | null }

/** The same for subscribers of a group, which begins with what is there, oldest first. */
export type GroupStreamEvent<T> = StreamEvent<T> | { type: 'sync'; data: T[] }

/** A message of the server. `timestamp` (ms) rises strictly within a stream's group. */
export interface Message<E> extends Target {
  timestamp: number
  event: E
}

export type ItemEventMessage<T> = Message<ItemStreamEvent<T>>
export type GroupEventMessage<T> = Message<GroupStreamEvent<T>>

/** The answer to a join with `after`: exactly the `missed` messages since then follow. */
interface Resumed {
  type: 'resumed'
  data: { missed: number }
}

/** Any message, before it is known whose it is. */
export type ServerMessage = Message<StreamEvent<any> | { type: 'sync'; data: any } | Resumed>

/** A join. `after` is the timestamp of the last message seen there, 0 for none: the server always answers such a join. */
export type JoinMessage = Target & { subscriptionId: string; after?: number }

/** The text that asks for it. */
export function joinText(join: JoinMessage): string {
  return JSON.stringify({ type: 'join', data: join })
}

/** The text that ends a subscription. */
export function leaveText(leave: Target & { subscriptionId: string }): string {
  return JSON.stringify({ type: 'leave', data: leave })
}

/** The message in a frame; undefined when it is none, which a later server may send. */
export function messageOf(text: unknown): ServerMessage | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const message = JSON.parse(text) as ServerMessage | null
    const whole = typeof message?.timestamp === 'number' && typeof message.event?.type === 'string'
    return whole ? message : undefined
  } catch {
    return undefined
  }
}

/** One text for each target. */
export function keyOf(target: Target): string {
  return JSON.stringify([target.streamName, target.groupId, target.id ?? null])
}

/** Codes that say that a join was refused. */
export type RefusalCode = 'STREAM_ACCESS_DENIED' | 'STREAM_UNAVAILABLE' | 'TOO_MANY_SUBSCRIPTIONS'

const REFUSALS: ReadonlySet<string> = new Set<RefusalCode>([
  'STREAM_ACCESS_DENIED',
  'STREAM_UNAVAILABLE',
  'TOO_MANY_SUBSCRIPTIONS',
])

/** Why a subscription could not begin. */
export class StreamError extends Error {
  override readonly name = 'StreamError'
  /** `STREAM_ACCESS_DENIED`, `STREAM_UNAVAILABLE`, `TOO_MANY_SUBSCRIPTIONS`. */
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string) {
    super(message)
    this.code = code
  }
}

/** The refusal that a message may be. An author's own event can look the same, so ask only where a join is unanswered. */
export function refusalIn(message: ServerMessage): StreamError | undefined {
  if (message.event.type !== 'event' || message.event.event?.type !== 'error') return undefined
  const { code, message: text } = (message.event.event.data ?? {}) as { code?: unknown; message?: unknown }
  if (typeof code !== 'string' || !REFUSALS.has(code)) return undefined
  return new StreamError(code as RefusalCode, String(text))
}
