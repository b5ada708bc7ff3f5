import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { SubscriptionStatus } from '../channel.js'
import type { ConnectionStatus } from '../connection.js'
import type { Stream } from '../stream.js'
import type { StreamGroupSubscription, StreamItemSubscription, StreamSubscription } from '../subscription.js'
import type { StreamError } from '../wire.js'
import { useLatest } from './latest.js'
import { useCurrentStream } from './provider.js'

/** What a missing group, or id, means. */
export const DEFAULT = 'default'

type Name = string | null | undefined

/** What a hook knows of its subscription. */
export interface Subscribed<S> {
  /** The subscription, for `useStreamEventHandler`; null while there is none. */
  event: S | null
  status: SubscriptionStatus
  /** Why the server did not let it begin: with the status `waiting` and `refused`. */
  error: StreamError | undefined
}

export interface StreamItemArgs {
  streamName: string
  /** Left out: `default`. Undefined or null: not known yet, nothing is subscribed. So for `id`. */
  groupId?: Name
  id?: Name
}

export interface StreamGroupArgs<T> {
  streamName: string
  /** Left out: `default`. Undefined or null: not known yet, nothing is subscribed. */
  groupId?: Name
  sortKey?: keyof T
  /** Called with the items whenever they have changed. */
  setData?: (data: T[]) => void
}

export type StreamItemResult<T> = { data: T | null } & Subscribed<StreamItemSubscription<T>>
export type StreamGroupResult<T extends { id: string }> = { data: T[] } & Subscribed<StreamGroupSubscription<T>>

const NOTHING: [] = []
const nothing = (): [] => NOTHING
const none = (): null => null
const offline = (): SubscriptionStatus => 'offline'
const idle = (): ConnectionStatus => 'idle'
const forget = (): void => {}

/** The current value of one item, null where there is none. Without a name, or with one not known yet, nothing is subscribed. */
export function useStreamItem<T = any>(args?: StreamItemArgs | null): StreamItemResult<T>
export function useStreamItem<T = any>(streamName: string): StreamItemResult<T>
export function useStreamItem<T = any>(streamName: string, id: Name): StreamItemResult<T>
export function useStreamItem<T = any>(streamName: string, groupId: Name, id: Name): StreamItemResult<T>
export function useStreamItem<T = any>(...args: [(StreamItemArgs | Name)?, Name?, Name?]): StreamItemResult<T> {
  const names = namesOfItem(args)
  const open = (stream: Stream, [streamName, groupId, id]: string[]): StreamItemSubscription<T> =>
    stream.subscribeItem<T>(streamName as string, groupId as string, id as string)
  const subscription = useSubscription(names, open)
  const data = useValue<T | null>(subscription, none)
  return { data, ...useSubscribed(subscription) }
}

/** The current items of a group. Without a name, or with one not known yet, nothing is subscribed. */
export function useStreamGroup<T extends { id: string } = any>(args?: StreamGroupArgs<T> | null): StreamGroupResult<T>
export function useStreamGroup<T extends { id: string } = any>(streamName: string, groupId?: Name): StreamGroupResult<T>
export function useStreamGroup<T extends { id: string } = any>(
  ...args: [(StreamGroupArgs<T> | Name)?, Name?]
): StreamGroupResult<T> {
  const { names, sortKey, setData } = partsOfGroup(args)
  const open = (stream: Stream, [streamName, groupId]: string[]): StreamGroupSubscription<T> =>
    stream.subscribeGroup<T>(streamName as string, groupId as string, sortKey)
  const subscription = useSubscription(names, open, sortKey as string | undefined)
  const data = useValue<T[]>(subscription, nothing)
  const latest = useLatest(setData)
  const ready = subscription?.ready === true
  useEffect(() => {
    if (ready) latest.current?.(data)
  }, [data, ready, latest])
  return { data, ...useSubscribed(subscription) }
}

/** Calls `listener` with the data of each event of that `type` that a Step sends to what `event` is subscribed to. */
export function useStreamEventHandler(
  args: { event: StreamSubscription<any, any> | null; type: string; listener: (data: any) => void },
  // The listener of the last render is called in any case; the list is what the hook of that name takes elsewhere.
  _dependencies: readonly unknown[] = NOTHING,
): void {
  const { event, type } = args
  const latest = useLatest(args.listener)
  useEffect(() => {
    if (event === null) return
    const listener = (data: any): void => latest.current(data)
    event.onEvent(type, listener)
    return () => event.offEvent(type, listener)
  }, [event, type, latest])
}

/**
 * Without arguments the Stream. With a stream's name and a key an array: the items of the group `key`, else the one item `key` of
 * the group `default`.
 */
export function useMotiaStream(): { stream: Stream }
export function useMotiaStream<T extends { id: string } = any>(streamName: string, key?: Name): T[]
export function useMotiaStream<T extends { id: string } = any>(...args: [Name?, Name?]): T[] | { stream: Stream } {
  const [streamName] = args
  const key = args.length < 2 ? DEFAULT : args[1]
  const stream = useCurrentStream()
  const group = useStreamGroup<T>(streamName as string, key)
  const item = useStreamItem<T>(streamName as string, DEFAULT, key)
  const found = useMemo(() => {
    if (group.data.length > 0) return group.data
    return item.data === null ? (NOTHING as T[]) : [item.data]
  }, [group.data, item.data])
  return args.length === 0 ? { stream } : found
}

/** The state of the connection, and why there is none. */
export function useStreamStatus(): { status: ConnectionStatus; problem: Error | undefined } {
  const stream = useCurrentStream()
  const follow = useCallback(
    (changed: () => void) => {
      stream.addStatusListener(changed)
      return () => stream.removeStatusListener(changed)
    },
    [stream],
  )
  const status = useSyncExternalStore(follow, () => stream.status, idle)
  return { status, problem: stream.problem }
}

/** A subscription while the component is there and every name is known; another one when a name, or `variant`, is another. */
function useSubscription<S extends StreamSubscription<any, any>>(
  names: readonly Name[],
  open: (stream: Stream, names: string[]) => S,
  variant?: string,
): S | null {
  const stream = useCurrentStream()
  const key = names.every(Boolean) ? JSON.stringify([names, variant]) : ''
  const [current, setCurrent] = useState<{ stream: Stream; key: string; subscription: S } | null>(null)
  const latest = useLatest(open)
  useEffect(() => {
    if (key === '') return
    const [known] = JSON.parse(key) as [string[]]
    const subscription = latest.current(stream, known)
    setCurrent({ stream, key, subscription })
    return () => subscription.close()
  }, [stream, key, latest])
  // What belongs to other names is never shown, not even for one render.
  return current !== null && current.stream === stream && current.key === key ? current.subscription : null
}

function useValue<V>(subscription: StreamSubscription<V, any> | null, without: () => V): V {
  const follow = useCallback(
    (changed: () => void) => {
      if (subscription === null) return forget
      subscription.addChangeListener(changed)
      return () => subscription.removeChangeListener(changed)
    },
    [subscription],
  )
  return useSyncExternalStore(follow, subscription === null ? without : () => subscription.getState(), without)
}

function useSubscribed<S extends StreamSubscription<any, any>>(subscription: S | null): Subscribed<S> {
  const follow = useCallback(
    (changed: () => void) => {
      if (subscription === null) return forget
      subscription.addStatusListener(changed)
      return () => subscription.removeStatusListener(changed)
    },
    [subscription],
  )
  const status = useSyncExternalStore(follow, subscription === null ? offline : () => subscription.status, offline)
  return { event: subscription, status, error: subscription?.error }
}

/** A part that is left out is `default`; one that is there without a value is not known yet. */
function part(args: object, name: 'groupId' | 'id'): Name {
  return name in args ? (args as Record<string, Name>)[name] : DEFAULT
}

function namesOfItem(args: readonly (StreamItemArgs | Name)[]): Name[] {
  const [first, second, third] = args
  if (typeof first === 'object' && first !== null) return [first.streamName, part(first, 'groupId'), part(first, 'id')]
  if (args.length > 2) return [first, second as Name, third as Name]
  return [first, DEFAULT, args.length > 1 ? (second as Name) : DEFAULT]
}

function partsOfGroup<T>(args: readonly (StreamGroupArgs<T> | Name)[]): {
  names: Name[]
  sortKey?: keyof T | undefined
  setData?: ((data: T[]) => void) | undefined
} {
  const [first, second] = args
  if (typeof first !== 'object' || first === null) return { names: [first, args.length > 1 ? (second as Name) : DEFAULT] }
  return { names: [first.streamName, part(first, 'groupId')], sortKey: first.sortKey, setData: first.setData }
}
