export type { AuthToken } from './address.js'
export { defaultAddress } from './address.js'
export type { ReconnectOptions } from './backoff.js'
export type { SubscriptionStatus } from './channel.js'
export type { ConnectionStatus, WebSocketConstructor, WebSocketLike } from './connection.js'
export type { StreamOptions } from './stream.js'
export { Stream } from './stream.js'
export { StreamGroupSubscription, StreamItemSubscription, StreamSubscription } from './subscription.js'
export type {
  CustomEvent,
  GroupEventMessage,
  GroupStreamEvent,
  ItemEventMessage,
  ItemStreamEvent,
  JoinMessage,
  Message,
  RefusalCode,
  StreamEvent,
  Target,
} from './wire.js'
export { StreamError } from './wire.js'
