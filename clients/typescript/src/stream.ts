import { defaultAddress } from './address.js'
import { Backoff } from './backoff.js'
import { Channel } from './channel.js'
import { Connection, type ConnectionOptions, type ConnectionStatus, unobtrusive } from './connection.js'
import { type Contents, GroupContents, ItemContents } from './contents.js'
import { Listeners, StreamGroupSubscription, StreamItemSubscription, type StreamSubscription } from './subscription.js'
import { joinText, keyOf, leaveText, messageOf, refusalIn, type ServerMessage, type StreamError, type Target } from './wire.js'

export type StreamOptions = ConnectionOptions

// A page that goes from one view to the next need not connect again.
const IDLE_MS = 1_000

type Timer = ReturnType<typeof setTimeout>

/**
 * The live streams of a Motia server. Connects with the first subscription and disconnects after the last; subscriptions to the
 * same thing share one join. A lost connection is made again, and nothing is missed or heard twice over it.
 */
export class Stream {
  readonly #connection: Connection
  readonly #channels = new Map<string, Channel>()
  readonly #subscriptions = new Set<StreamSubscription<any, any>>()
  readonly #statuses = new Listeners<ConnectionStatus>()
  readonly #leaving = new Map<Channel, Timer>()
  readonly #rejoining = new Map<Channel, Timer>()
  readonly #rejoinWaits = new Backoff({ firstMs: 1_000 })
  /** Joins of this connection that were not answered yet, in their order: the server answers in the same. */
  #unanswered: { key: string; channel: Channel }[] = []
  #joins = 0
  #idle: Timer | undefined

  /** `address`: `ws://…`, `wss://…`, `http://…`, `https://…`, or a path of the page's server; default see `defaultAddress`. */
  constructor(address?: string, options: StreamOptions = {}) {
    this.#connection = new Connection(() => address || defaultAddress(), options, {
      received: (frame) => this.#receive(frame),
      statusChanged: (status) => this.#statusChanged(status),
    })
  }

  get status(): ConnectionStatus {
    return this.#connection.status
  }

  /** Why there is no connection; undefined while there is. */
  get problem(): Error | undefined {
    return this.#connection.problem
  }

  readonly addStatusListener = (listener: (status: ConnectionStatus) => void): void => this.#statuses.add(listener)

  readonly removeStatusListener = (listener: (status: ConnectionStatus) => void): void => this.#statuses.remove(listener)

  /** Subscribe to one item. Throws `TypeError` for names that are no text or empty, `Error` after `close()`. */
  subscribeItem<T = any>(streamName: string, groupId: string, id: string): StreamItemSubscription<T> {
    const channel = this.#open({ ...room(streamName, groupId), id: named('id', id) }, () => new ItemContents<T>())
    return this.#kept(new StreamItemSubscription<T>(channel, (self) => this.#released(channel, self)))
  }

  /** Subscribe to a group, in the order of creation or by `sortKey`. Throws as `subscribeItem`. */
  subscribeGroup<T extends { id: string } = any>(
    streamName: string,
    groupId: string,
    sortKey?: keyof T,
  ): StreamGroupSubscription<T> {
    const channel = this.#open(room(streamName, groupId), () => new GroupContents<T>())
    return this.#kept(new StreamGroupSubscription<T>(channel, (self) => this.#released(channel, self), sortKey))
  }

  /** End all subscriptions and the connection, for good. */
  close(): void {
    for (const subscription of [...this.#subscriptions]) subscription.close()
    for (const channel of [...this.#channels.values()]) this.#leave(channel)
    clearTimeout(this.#idle)
    this.#connection.close()
  }

  // Channels come and go

  #open(target: Target, contents: () => Contents<any, any>): Channel {
    if (this.status === 'closed') throw new Error('This Stream is closed; make another one')
    this.#connection.start()
    clearTimeout(this.#idle)
    const key = keyOf(target)
    const there = this.#channels.get(key)
    if (there !== undefined) {
      clearTimeout(this.#leaving.get(there))
      this.#leaving.delete(there)
      return there
    }
    const channel = new Channel(target, contents())
    this.#channels.set(key, channel)
    if (this.status === 'online') this.#join(channel)
    return channel
  }

  #kept<S extends StreamSubscription<any, any>>(subscription: S): S {
    this.#subscriptions.add(subscription)
    return subscription
  }

  #released(channel: Channel, subscription: StreamSubscription<any, any>): void {
    this.#subscriptions.delete(subscription)
    if (channel.listeners.size > 0) return
    // Not at once: views that are taken down and put up again in one go keep their join.
    const leave = (): void => this.#leave(channel)
    this.#leaving.set(channel, unobtrusive(setTimeout(leave, 0)))
  }

  #leave(channel: Channel): void {
    this.#forgetTimers(channel)
    this.#channels.delete(keyOf(channel.target))
    if (channel.subscriptionId) {
      this.#connection.send(leaveText({ ...channel.target, subscriptionId: channel.subscriptionId }))
    }
    if (this.#channels.size > 0) return
    clearTimeout(this.#idle)
    if (this.status === 'online') this.#idle = setTimeout(() => this.#connection.rest(), IDLE_MS)
    else this.#connection.rest()
  }

  #forgetTimers(channel: Channel): void {
    clearTimeout(this.#leaving.get(channel))
    clearTimeout(this.#rejoining.get(channel))
    this.#leaving.delete(channel)
    this.#rejoining.delete(channel)
  }

  // Joins

  #join(channel: Channel): void {
    this.#unanswered.push({ key: keyOf(channel.target), channel })
    this.#connection.send(joinText(channel.join(String(++this.#joins))))
  }

  #joinAll(): void {
    this.#unanswered = []
    for (const channel of [...this.#channels.values()]) this.#join(channel)
  }

  #joinLater(channel: Channel): void {
    const again = (): void => {
      this.#rejoining.delete(channel)
      if (this.status === 'online') this.#join(channel)
    }
    this.#rejoining.set(channel, setTimeout(again, this.#rejoinWaits.next()))
  }

  #statusChanged(status: ConnectionStatus): void {
    if (status === 'online') {
      this.#joinAll()
    } else {
      for (const timer of this.#rejoining.values()) clearTimeout(timer)
      this.#rejoining.clear()
      for (const channel of this.#channels.values()) channel.disconnected()
    }
    this.#statuses.call(status)
  }

  // Messages

  #receive(frame: unknown): void {
    const message = messageOf(frame)
    if (message === undefined) return
    const refusal = refusalIn(message)
    if (refusal?.code === 'TOO_MANY_SUBSCRIPTIONS') this.#unanswered.shift()?.channel.refuse(refusal)
    else if (message.streamName !== '') this.#deliver(message, refusal)
  }

  #deliver(message: ServerMessage, refusal: StreamError | undefined): void {
    const key = keyOf(message)
    const channel = this.#channels.get(key)
    if (this.#isAnswer(message, key, refusal !== undefined)) {
      channel?.receive(message)
      if (channel !== undefined && refusal?.code === 'STREAM_UNAVAILABLE') this.#joinLater(channel)
      else if (refusal === undefined) this.#rejoinWaits.reset()
      return
    }
    channel?.receive(message)
    // What happens to an item comes once, and is the group's too.
    if (message.id !== undefined) this.#channels.get(keyOf({ ...message, id: undefined }))?.receive(message)
  }

  /** Whether it answers a join, perhaps one that was left since: then it is no event, and that join's alone. */
  #isAnswer(message: ServerMessage, key: string, isRefusal: boolean): boolean {
    const index = this.#unanswered.findIndex((join) => join.key === key)
    const { type } = message.event
    const answers =
      type === 'sync' || type === 'resumed' || (isRefusal && (index >= 0 || this.#channels.get(key)?.status === 'waiting'))
    if (answers && index >= 0) this.#unanswered.splice(index, 1)
    return answers
  }
}

function room(streamName: string, groupId: string): Target {
  return { streamName: named('streamName', streamName), groupId: named('groupId', groupId) }
}

function named(what: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`${what} must be a non-empty text, not ${value === '' ? 'an empty one' : JSON.stringify(value)}`)
}
