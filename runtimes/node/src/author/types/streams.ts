import type { FlowContext } from './context.js'
import type { AnySchema } from './schema.js'
import type { UpdateOp, UpdateResult } from './state.js'

export interface BaseStreamItem<TData = unknown> {
  id: string
  [key: string]: TData | unknown
}
export const BaseStreamItem = undefined

/** An event sent to everyone watching a stream item or group; it is not stored. */
export interface StateStreamEvent<TData = unknown> {
  type: string
  data: TData
}
export const StateStreamEvent = undefined

export interface StateStreamEventChannel {
  groupId: string
  id?: string
}
export const StateStreamEventChannel = undefined

/** An item as it is stored and as clients get it. */
export type StreamItem<TData> = TData & { id: string; _createdAt?: number }

/** `set` of a stream whose results are `TResult`. */
export interface SetStream<TData, TResult> {
  (groupId: string, id: string, data: TData): Promise<TResult>
  (id: string, data: TData): Promise<TResult>
  (data: TData): Promise<TResult>
}

/** One live stream: `ctx.streams.NAME`. Missing group and id are `default`. */
export interface MotiaStream<TData = any> {
  get(groupId: string, id: string): Promise<StreamItem<TData> | null>
  get(id?: string): Promise<StreamItem<TData> | null>
  /** The item; in triggers form `{old_value, new_value}`. */
  set: SetStream<TData, StreamItem<TData>>
  delete(groupId: string, id: string): Promise<StreamItem<TData> | null>
  delete(id?: string): Promise<StreamItem<TData> | null>
  getGroup(groupId?: string): Promise<StreamItem<TData>[]>
  list(groupId?: string): Promise<StreamItem<TData>[]>
  listGroups(): Promise<string[]>
  clear(groupId?: string): Promise<void>
  update(groupId: string, id: string, ops: UpdateOp | UpdateOp[] | Partial<TData>): Promise<UpdateResult<StreamItem<TData>>>
  update(id: string, ops: UpdateOp | UpdateOp[] | Partial<TData>): Promise<UpdateResult<StreamItem<TData>>>
  send<T>(channel: StateStreamEventChannel, event: StateStreamEvent<T>): Promise<void>
  send<T>(event: StateStreamEvent<T>): Promise<void>
}
export const MotiaStream = undefined

/** What `streams.create` takes. `initial`, else a `schema` that is an example, is the item when none is stored. */
export interface CreateStreamItemOptions<TData = any> {
  id: string
  /** Of the stream; `default` without one. */
  name?: string
  groupId?: string
  schema?: AnySchema | TData
  initial?: TData
  [option: string]: any
}

/** An item that can be written to at once; awaited, it is the stored one. */
export interface CreatedStreamItem<TData = any> {
  readonly id: string
  readonly data: TData
  /** Replaces top-level fields, publishes the item and gives it. Need not be awaited. */
  update(partial: Partial<TData>): Promise<StreamItem<TData>>
}

export type CreateStreamItem = <TData = any>(options: CreateStreamItemOptions<TData>) => CreatedStreamItem<TData>

/** The declared streams; the generated `types.d.ts` adds one member per stream. */
export interface FlowContextStateStreams {}
export const FlowContextStateStreams = undefined

type DeclaredStreams = keyof FlowContextStateStreams extends never ? {} : FlowContextStateStreams

/** Declared streams by name; undeclared ones are allowed (TYP-10). `create` is also the helper of that name. */
export type Streams = DeclaredStreams & Record<string, MotiaStream<any>> & { create: CreateStreamItem & MotiaStream<any> }
export const Streams = undefined

/** What the connection that watches a stream is allowed to be; the generated `types.d.ts` fills it in. */
export interface StreamAuthContext {}
export const StreamAuthContext = undefined

/** What a client watches: a group, or with `id` one item of it. */
export interface StreamSubscription {
  streamName: string
  groupId: string
  id?: string
}
export const StreamSubscription = undefined

export interface StreamJoinResult {
  unauthorized: boolean
}
export const StreamJoinResult = undefined

/** Where the items of a stream are kept, by code of the project's own. */
export interface StreamStorage<TData = any> {
  get(groupId: string, id: string): unknown
  set(groupId: string, id: string, data: TData): unknown
  delete(groupId: string, id: string): unknown
  getGroup(groupId: string): unknown
  send?(channel: StateStreamEventChannel, event: StateStreamEvent<any>): unknown
}
export const StreamStorage = undefined

export interface StreamAuthRequest {
  headers: Record<string, string | undefined>
  url?: string
}
export const StreamAuthRequest = undefined

export interface StreamAuthInput {
  headers: Record<string, string>
  path: string
  queryParams: Record<string, string[]>
  addr: string
}
export const StreamAuthInput = undefined

export interface StreamAuthResult {
  context?: any
  authorized?: boolean
}
export const StreamAuthResult = undefined

export type AuthenticateStream = (
  input: StreamAuthInput,
  context: FlowContext<any, any>,
) => StreamAuthResult | Promise<StreamAuthResult>
export const AuthenticateStream = undefined

/** Who is watching: what `authenticate` gave, null for nobody in particular. */
type Watcher = keyof StreamAuthContext extends never ? any : StreamAuthContext | null

/** A stream definition: `export const config: StreamConfig`. */
export interface StreamConfig {
  name: string
  schema?: AnySchema
  description?: string
  /** `factory` gives the storage; it is asked for once. */
  baseConfig?: { storageType: 'default' } | { storageType: 'custom'; factory: (() => unknown) | StreamStorage }
  /** Whether a client may watch. A throw is a no. */
  canAccess?: (subscription: StreamSubscription, authContext: Watcher) => boolean | Promise<boolean>
  /** `{unauthorized: true}` turns the client away. */
  onJoin?: (
    subscription: StreamSubscription,
    context: FlowContext<any, any>,
    authContext: Watcher,
  ) => StreamJoinResult | void | Promise<StreamJoinResult | void>
  onLeave?: (subscription: StreamSubscription, context: FlowContext<any, any>, authContext: Watcher) => unknown
  /** What the schema does with items that do not fit; `warn` unless this says so. */
  validation?: 'enforce' | 'warn' | 'off'
}
export const StreamConfig = undefined
