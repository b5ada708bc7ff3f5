import type { Readable, Writable } from 'node:stream'

/** `req` of the project's middleware. What it is given (`req.user = …`) Steps find on their request. */
export interface MiddlewareRequest extends Readable {
  readonly method: string
  readonly path: string
  url: string
  readonly originalUrl: string
  baseUrl: string
  headers: Record<string, any>
  query: Record<string, any>
  params: Record<string, string>
  cookies: Record<string, string>
  body: any
  readonly ip: string
  readonly connection: { readonly remoteAddress: string }
  readonly socket: { readonly remoteAddress: string }
  get(name: string): any
  header(name: string): any
  user?: any
  [property: string]: any
}
export const MiddlewareRequest = undefined

type HeaderValue = string | number | readonly string[]

export interface MiddlewareCookieOptions {
  domain?: string
  path?: string
  /** Milliseconds, as in Express. */
  maxAge?: number | null
  expires?: Date
  httpOnly?: boolean
  secure?: boolean
  sameSite?: boolean | 'strict' | 'lax' | 'none'
  encode?: (value: string) => string
}
export const MiddlewareCookieOptions = undefined

/** `res` of the project's middleware. Headers set before `next()` are added to the Step's response. */
export interface MiddlewareResponse extends Writable {
  statusCode: number
  locals: Record<string, any>
  readonly headersSent: boolean
  status(code: number): this
  json(value: unknown): this
  send(body?: unknown): this
  sendStatus(code: number): this
  end(done?: () => void): this
  end(chunk: any, done?: () => void): this
  end(chunk: any, encoding: BufferEncoding, done?: () => void): this
  redirect(url: string): this
  redirect(status: number, url: string): this
  location(url: string): this
  setHeader(name: string, value: HeaderValue): this
  appendHeader(name: string, value: HeaderValue): this
  getHeader(name: string): string | string[] | undefined
  getHeaders(): Record<string, string | string[]>
  getHeaderNames(): string[]
  hasHeader(name: string): boolean
  removeHeader(name: string): void
  writeHead(status: number, headers?: object): this
  flushHeaders(): void
  set(name: string, value: HeaderValue): this
  set(headers: Record<string, HeaderValue>): this
  header(name: string, value: HeaderValue): this
  header(headers: Record<string, HeaderValue>): this
  get(name: string): string | string[] | undefined
  append(name: string, value: HeaderValue): this
  type(type: string): this
  vary(field: string | string[]): this
  cookie(name: string, value: unknown, options?: MiddlewareCookieOptions): this
  clearCookie(name: string, options?: MiddlewareCookieOptions): this
  [property: string]: any
}
export const MiddlewareResponse = undefined

/** Goes on: to what comes next, to the next route, or to the error handlers. */
export type MiddlewareNext = (error?: any) => void
export const MiddlewareNext = undefined

/** A function of `middleware.pre`: answers with `res`, or calls `next()`. */
export type ProjectMiddleware = (req: MiddlewareRequest, res: MiddlewareResponse, next: MiddlewareNext) => unknown
export const ProjectMiddleware = undefined

/** Takes the errors of the functions before it; known by its four parameters. */
export type ProjectErrorHandler = (error: any, req: MiddlewareRequest, res: MiddlewareResponse, next: MiddlewareNext) => unknown
export const ProjectErrorHandler = undefined

type RoutePath = string | RegExp | readonly (string | RegExp)[]
type Handlers = readonly (ProjectMiddleware | Function | readonly (ProjectMiddleware | Function)[])[]

/** What `app(app)` registers with: the part of an Express application that routes. Paths are those of Express 4. */
export interface MotiaApp {
  readonly locals: Record<string, any>
  use(path: RoutePath, ...handlers: Handlers): this
  use(...handlers: Handlers): this
  get(setting: string): any
  get(path: RoutePath, ...handlers: Handlers): this
  post(path: RoutePath, ...handlers: Handlers): this
  put(path: RoutePath, ...handlers: Handlers): this
  patch(path: RoutePath, ...handlers: Handlers): this
  delete(path: RoutePath, ...handlers: Handlers): this
  options(path: RoutePath, ...handlers: Handlers): this
  head(path: RoutePath, ...handlers: Handlers): this
  all(path: RoutePath, ...handlers: Handlers): this
  set(name: string, value: unknown): this
  enable(name: string): this
  disable(name: string): this
  enabled(name: string): boolean
  disabled(name: string): boolean
}
export const MotiaApp = undefined
