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

export type StreamItem<TData> = TData & { id: string }

/** One live stream: `ctx.streams.NAME`. Missing group and id are `default`. */
export interface MotiaStream<TData = any> {
  get(groupId: string, id: string): Promise<StreamItem<TData> | null>
  get(id?: string): Promise<StreamItem<TData> | null>
  set(groupId: string, id: string, data: TData): Promise<StreamItem<TData>>
  set(id: string, data: TData): Promise<StreamItem<TData>>
  set(data: TData): Promise<StreamItem<TData>>
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

/** The declared streams; the generated `types.d.ts` adds one member per stream. */
export interface FlowContextStateStreams {}
export const FlowContextStateStreams = undefined

type DeclaredStreams = keyof FlowContextStateStreams extends never ? {} : FlowContextStateStreams

/** Declared streams by name; undeclared ones are allowed (TYP-10). */
export type Streams = DeclaredStreams & Record<string, MotiaStream<any>>
export const Streams = undefined

/** What the connection that watches a stream is allowed to be; the generated `types.d.ts` fills it in. */
export interface StreamAuthContext {}
export const StreamAuthContext = undefined

export interface StreamSubscription {
  groupId: string
  id?: string
  streamName?: string
}
export const StreamSubscription = undefined

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

export type AuthenticateStream = (input: StreamAuthInput, context: any) => StreamAuthResult | Promise<StreamAuthResult>
export const AuthenticateStream = undefined

/** A stream definition: `export const config: StreamConfig`. */
export interface StreamConfig {
  name: string
  schema?: AnySchema
  description?: string
  baseConfig?: { storageType: 'default' } | { storageType: 'custom'; factory: () => unknown }
  canAccess?: (subscription: StreamSubscription, authContext: any) => boolean | Promise<boolean>
  onJoin?: (subscription: StreamSubscription, context: any, authContext?: any) => unknown
  onLeave?: (subscription: StreamSubscription, context: any, authContext?: any) => unknown
  validation?: 'enforce' | 'warn' | 'off'
}
export const StreamConfig = undefined
