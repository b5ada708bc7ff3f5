import type { Contents } from './contents.js'
import { type JoinMessage, refusalIn, type ServerMessage, type StreamError, type Target } from './wire.js'

/**
 * `offline`: there is no connection. `joining`: the server has not answered yet. `live`. `waiting`: there is no such stream yet;
 * it begins when there is. `refused`: `error` says why; it is tried again with the next connection. `closed`: by `close()`.
 */
export type SubscriptionStatus = 'offline' | 'joining' | 'live' | 'waiting' | 'refused' | 'closed'

/** Who hears a channel. */
export interface ChannelListener {
  messageReceived(message: ServerMessage): void
  valueChanged(): void
  statusChanged(): void
}

/**
 * One joined target, however many subscriptions share it. Hears each message once and in order: a message is taken when its
 * timestamp is above the last one's, and none is taken between a new connection and the server's answer to the join on it.
 */
export class Channel<Value = any> {
  readonly target: Target
  readonly listeners = new Set<ChannelListener>()
  status: SubscriptionStatus = 'offline'
  error: StreamError | undefined
  /** Whether the value is known, from this connection or an earlier one. */
  known = false

  readonly #contents: Contents<Value, any>
  #last = 0
  #subscriptionId = ''

  constructor(target: Target, contents: Contents<Value, any>) {
    this.target = target
    this.#contents = contents
  }

  get value(): Value {
    return this.#contents.value
  }

  get subscriptionId(): string {
    return this.#subscriptionId
  }

  /** The join to send on a new connection. */
  join(subscriptionId: string): JoinMessage {
    this.#subscriptionId = subscriptionId
    this.#become('joining')
    return { ...this.target, subscriptionId, after: this.known ? this.#last : 0 }
  }

  /** The connection is lost. */
  disconnected(): void {
    this.#become('offline')
  }

  /** A message for this target came. */
  receive(message: ServerMessage): void {
    if (this.status === 'joining' || this.status === 'waiting') this.#answer(message)
    else if (this.status === 'live' && message.event.type !== 'resumed' && message.timestamp > this.#last) this.#take(message)
  }

  /** The server did not let it join. */
  refuse(error: StreamError): void {
    const absent = error.code === 'STREAM_ACCESS_DENIED' && error.message === `Stream ${this.target.streamName} not found`
    this.#become(absent ? 'waiting' : 'refused', error)
  }

  #answer(message: ServerMessage): void {
    const refusal = refusalIn(message)
    if (refusal !== undefined) {
      this.refuse(refusal)
      for (const listener of [...this.listeners]) listener.messageReceived(message)
    } else if (message.event.type === 'resumed') {
      this.#become('live')
    } else if (message.event.type === 'sync' || this.#isFirstOfItem(message)) {
      // A sync is the truth whatever was seen before, even of a server whose data was restored.
      this.#take(message)
      this.#become('live')
    }
  }

  /** A server that does not know `after` says nothing of an item that never was: then its first event begins it. */
  #isFirstOfItem(message: ServerMessage): boolean {
    return !this.known && this.target.id !== undefined && message.event.type !== 'event'
  }

  #take(message: ServerMessage): void {
    this.#last = message.timestamp
    this.known = true
    const changed = this.#contents.apply(message.event)
    for (const listener of [...this.listeners]) listener.messageReceived(message)
    if (changed) for (const listener of [...this.listeners]) listener.valueChanged()
  }

  #become(status: SubscriptionStatus, error?: StreamError): void {
    if (status === this.status && error === this.error) return
    this.status = status
    this.error = error
    for (const listener of [...this.listeners]) listener.statusChanged()
  }
}
