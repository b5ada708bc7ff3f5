import type { QueueConfig, RetryConfig, StepConfig } from './config.js'
import type { MotiaApp, ProjectMiddleware } from './middleware.js'
import type { MotiaPluginBuilder } from './plugins.js'
import type { AnySchema } from './schema.js'
import type { AuthenticateStream, StreamAuthRequest } from './streams.js'

/** What carries state, streams, events or cron, by name; `default` and `file` are the embedded store. */
export type EngineName = 'default' | 'file' | 'sqlite' | 'memory' | 'redis' | 'postgres' | 'nats' | 'rabbitmq'

/** Where an engine is. */
export interface EngineAddress {
  url?: string
  host?: string
  port?: number | string
  username?: string
  password?: string
  db?: number | string
  [option: string]: any
}

/** `{adapter: 'redis', redis: {url}}`; short forms are a URL or a name. */
export type EngineConfig =
  | (string & {})
  | EngineName
  | ({ adapter?: EngineName | (string & {}) } & { [engine in EngineName]?: EngineAddress } & { [option: string]: any })

/** What carries what: names, URLs, or adapter objects of 0.17. `'env'` reads `DATABASE_URL`, `REDIS_URL` and their like. */
export interface AdapterConfig {
  state?: EngineConfig | object
  streams?: EngineConfig | object
  events?: EngineConfig | object
  cron?: EngineConfig | object
}
export const AdapterConfig = undefined

export interface WorkbenchConfig {
  /** On in `dev`, off in `start` unless this says so. */
  enabled?: boolean
  /** A port of its own; that of HTTP without it. */
  port?: number | string
  base?: string
}
export const WorkbenchConfig = undefined

export interface CorsConfig {
  origins?: string | readonly string[]
  methods?: string | readonly string[]
  headers?: string | readonly string[]
  credentials?: boolean
  /** Seconds. */
  maxAge?: number
}
export const CorsConfig = undefined

/** Decides who a WebSocket client is, when it connects. */
export interface StreamAuthConfig {
  /** JSON Schema or Zod: the type of the context. */
  contextSchema?: AnySchema
  /** Null is an anonymous client; a throw turns it away. */
  authenticate: (request: StreamAuthRequest) => unknown
}
export const StreamAuthConfig = undefined

/** Milliseconds, or a text such as `'30s'`, `'5m'`, `'7d'`. */
type Duration = number | string
/** Bytes, or a text such as `'16mb'`. */
type Size = number | string

interface Settings {
  /** 3000 without one. */
  port?: number | string
  host?: string
  workbench?: boolean | WorkbenchConfig

  state?: EngineConfig
  streams?: EngineConfig
  events?: EngineConfig
  cron?: EngineConfig
  adapters?: AdapterConfig | 'env'
  database?: string | EngineAddress
  /** `useMemoryServer: true` is the embedded store. */
  redis?: string | (EngineAddress & { useMemoryServer?: boolean })

  /**
   * Runs before routing, in order, for every request. `Function` is for what is typed elsewhere: middleware of Express, and error
   * handlers with four parameters.
   */
  middleware?: { pre?: ProjectMiddleware | readonly (ProjectMiddleware | Function)[] }
  /** Registers routes and middleware that come before those of Steps. */
  app?: (app: MotiaApp) => unknown
  streamAuth?: StreamAuthConfig
  authenticateStream?: AuthenticateStream
  /** How failed attempts of all event Steps are repeated, where they do not say it themselves. */
  queue?: QueueConfig &
    RetryConfig & {
      adapter?: EngineConfig
      /** How many deliveries may wait or run; beyond, emits fail and HTTP clients get 503. A million unless it says so. */
      maxDepth?: number
    }

  /** What schemas do with input that does not fit. */
  validation?: 'enforce' | 'warn' | 'off'
  /** Refuse emits that a Step does not declare. */
  strictEmits?: boolean
  /** Refuse to trigger Steps that do not exist; on unless this says so. */
  strictTriggers?: boolean
  /** Refuse streams that are not declared. */
  strictStreams?: boolean

  /** An IANA name; schedules without one of their own use it. */
  timezone?: string
  /** The Step that hears of deliveries given up on. */
  errorStep?: string
  maxHops?: number
  /** More files to look for Steps in, and files to leave out: patterns. */
  include?: string | readonly string[]
  exclude?: string | readonly string[]
  /** Whose `x-forwarded-for` counts: everybody's, that many hops', these addresses'. */
  trustProxy?: boolean | number | string | readonly string[]
  bodyLimit?: Size
  uploadLimit?: Size
  payloadLimit?: Size
  requestTimeout?: Duration
  cors?: boolean | CorsConfig
  otel?: Record<string, any>
  plugins?: readonly (MotiaPluginBuilder | Function)[]
}

/** The project's settings: `motia.config.ts`. Sections named after the environment are merged over the other keys. */
export interface MotiaConfig extends Settings {
  development?: Settings & Record<string, any>
  production?: Settings & Record<string, any>
  test?: Settings & Record<string, any>
  [key: string]: any
}
export const MotiaConfig = undefined
export type Config = MotiaConfig
export const Config = undefined

export interface Step<C extends StepConfig = StepConfig> {
  filePath: string
  version?: string
  config: C
}
export const Step = undefined

export interface Flow {
  name: string
  description?: string
  steps: Step[]
}
export const Flow = undefined
