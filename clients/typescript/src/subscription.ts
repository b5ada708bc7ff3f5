import type { Channel, ChannelListener, SubscriptionStatus } from './channel.js'
import type { GroupEventMessage, ItemEventMessage, JoinMessage, ServerMessage, StreamError } from './wire.js'

type Listener<Argument> = (argument: Argument) => void

/** Listeners that are called one after another; one that throws stops neither the others nor the connection. */
export class Listeners<Argument> {
  #all = new Set<Listener<Argument>>()

  add(listener: Listener<Argument>): void {
    this.#all.add(listener)
  }

  remove(listener: Listener<Argument>): void {
    this.#all.delete(listener)
  }

  call(argument: Argument): void {
    for (const listener of [...this.#all]) {
      try {
        listener(argument)
      } catch (fault) {
        // As with listeners of an EventTarget: it is the environment's to report.
        queueMicrotask(() => {
          throw fault
        })
      }
    }
  }

  clear(): void {
    this.#all.clear()
  }
}

/**
 * What is there of a group or an item, and what happens to it. `getState()` is the current value; listeners hear of changes.
 * Made by `Stream.subscribeItem` and `Stream.subscribeGroup`.
 */
export abstract class StreamSubscription<Value = unknown, EventMessage = unknown> {
  readonly #channel: Channel
  readonly #release: (self: StreamSubscription<any, any>) => void
  readonly #changes = new Listeners<Value>()
  readonly #messages = new Listeners<EventMessage>()
  readonly #statuses = new Listeners<SubscriptionStatus>()
  readonly #closes = new Listeners<void>()
  readonly #events = new Map<string, Listeners<any>>()
  #closed = false

  /** `release` is called when it is closed. Streams make subscriptions; nobody else need. */
  constructor(channel: Channel, release: (self: StreamSubscription<any, any>) => void) {
    this.#channel = channel
    this.#release = release
    channel.listeners.add(this.#ear)
    // Whoever shares a join that was answered before is told what is there, too.
    if (channel.known) queueMicrotask(() => this.#ear.valueChanged())
  }

  /** What is subscribed to. */
  get sub(): JoinMessage {
    return { ...this.#channel.target, subscriptionId: this.#channel.subscriptionId }
  }

  get status(): SubscriptionStatus {
    return this.#closed ? 'closed' : this.#channel.status
  }

  /** Why the server did not let it begin: with the status `waiting` and `refused`. */
  get error(): StreamError | undefined {
    return this.#channel.error
  }

  /** Whether `getState()` is what the server said, and not just the nothing before its first answer. */
  get ready(): boolean {
    return this.#channel.known
  }

  /** The current value: another one after each change, never changed in place. */
  getState(): Value {
    return this.shown(this.#channel.value)
  }

  /** Call `listener` with the value whenever it has changed. */
  readonly addChangeListener = (listener: (state: Value) => void): void => this.#changes.add(listener)

  readonly removeChangeListener = (listener: (state: Value) => void): void => this.#changes.remove(listener)

  /** Call `listener` with the data of each event of that type that a Step sends (`streams.NAME.send`). */
  onEvent(type: string, listener: (data: any) => void): void {
    let listeners = this.#events.get(type)
    if (listeners === undefined) this.#events.set(type, (listeners = new Listeners()))
    listeners.add(listener)
  }

  offEvent(type: string, listener: (data: any) => void): void {
    this.#events.get(type)?.remove(listener)
  }

  /** Call `listener` with each message: syncs, creates, updates, deletes and events, each once and in their order. */
  addMessageListener(listener: (message: EventMessage) => void): void {
    this.#messages.add(listener)
  }

  removeMessageListener(listener: (message: EventMessage) => void): void {
    this.#messages.remove(listener)
  }

  readonly addStatusListener = (listener: (status: SubscriptionStatus) => void): void => this.#statuses.add(listener)

  readonly removeStatusListener = (listener: (status: SubscriptionStatus) => void): void => this.#statuses.remove(listener)

  onClose(listener: () => void): void {
    this.#closes.add(listener)
  }

  /** End it. Nothing is heard from then on. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#channel.listeners.delete(this.#ear)
    this.#release(this)
    this.#statuses.call('closed')
    this.#closes.call()
    for (const each of [this.#changes, this.#messages, this.#statuses, this.#closes]) each.clear()
    this.#events.clear()
  }

  /** The channel's value as this subscription shows it. */
  protected shown(value: Value): Value {
    return value
  }

  readonly #ear: ChannelListener = {
    messageReceived: (message: ServerMessage) => {
      this.#messages.call(message as EventMessage)
      if (message.event.type === 'event') this.#events.get(message.event.event.type)?.call(message.event.event.data)
    },
    valueChanged: () => {
      if (!this.#closed) this.#changes.call(this.getState())
    },
    statusChanged: () => this.#statuses.call(this.status),
  }
}

/** One item; its state is null where there is none. */
export class StreamItemSubscription<T = any> extends StreamSubscription<T | null, ItemEventMessage<T>> {}

/** The items of a group, as they were created or by `sortKey`. */
export class StreamGroupSubscription<T extends { id: string } = any> extends StreamSubscription<T[], GroupEventMessage<T>> {
  readonly #sortKey: keyof T | undefined
  #sortedOf: T[] | undefined
  #sorted: T[] = []

  constructor(channel: Channel, release: (self: StreamSubscription<any, any>) => void, sortKey?: keyof T) {
    super(channel, release)
    this.#sortKey = sortKey
  }

  protected override shown(value: T[]): T[] {
    const key = this.#sortKey
    if (key === undefined) return value
    if (this.#sortedOf !== value) {
      this.#sortedOf = value
      this.#sorted = [...value].sort((one, other) => compared(one[key], other[key]))
    }
    return this.#sorted
  }
}

/** Numbers by size, other values as people sort their text, missing ones last. */
function compared(one: unknown, other: unknown): number {
  const missing = Number(one === undefined || one === null) - Number(other === undefined || other === null)
  if (missing !== 0 || one === undefined || one === null) return missing
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return String(one).localeCompare(String(other))
}
