import type { Writable } from 'node:stream'

export type ApiRouteMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'HEAD'
export const ApiRouteMethod = undefined

export interface UploadedFile {
  field: string
  name: string
  type: string
  size: number
  path: string
  bytes(): Promise<Buffer>
}

/** The body as it arrived, also when `body` was parsed from it. */
export interface ChannelReader {
  readonly stream: AsyncIterable<Buffer>
}
export const ChannelReader = undefined

/** Writes the response by hand, piece by piece (HTTP-23). The first byte sends status and headers. */
export interface MotiaHttpResponse {
  status(code: number): this
  headers(headers: Record<string, string | number | (string | number)[]>): this
  readonly stream: Writable
  close(): Promise<void>
}
export const MotiaHttpResponse = undefined

export type ChannelWriter = Pick<MotiaHttpResponse, 'stream' | 'close'>
export const ChannelWriter = undefined

/** The request object. All names of all dialects are readable; the first five are its enumerable ones. */
export interface ApiRequest<TBody = any> {
  body: TBody
  headers: Record<string, any>
  pathParams: Record<string, string>
  queryParams: Record<string, any>
  rawBody: any
  params: Record<string, string>
  query: Record<string, any>
  readonly method: string
  readonly path: string
  readonly url: string
  readonly ip: string
  readonly connection: { remoteAddress: string }
  readonly socket: { remoteAddress: string }
  readonly cookies: Record<string, string>
  readonly files: UploadedFile[]
  user?: any
  readonly request: MotiaHttpRequest<TBody>
  readonly response: MotiaHttpResponse
  /** Whatever middleware added. */
  [property: string]: any
}
export const ApiRequest = undefined

export interface MotiaHttpRequest<TBody = any> extends ApiRequest<TBody> {
  readonly requestBody: ChannelReader
}
export const MotiaHttpRequest = undefined

/** First argument of an HTTP handler in triggers form. */
export type MotiaHttpArgs<TBody = any> = ApiRequest<TBody>
export const MotiaHttpArgs = undefined

export interface CookieOptions {
  value: string
  path?: string
  domain?: string
  maxAge?: number
  expires?: Date | string | number
  httpOnly?: boolean
  secure?: boolean
  sameSite?: 'strict' | 'lax' | 'none' | 'Strict' | 'Lax' | 'None' | boolean
}

export interface ApiResponse<TStatus extends number = number, TBody = any> {
  status: TStatus
  body?: TBody
  headers?: Record<string, string | number | (string | number)[]>
  cookies?: Record<string, string | CookieOptions>
  contentType?: string
}
export const ApiResponse = undefined

export interface QueryParam {
  name: string
  description?: string
  required?: boolean
  schema?: unknown
}
export const QueryParam = undefined

/** Runs around an HTTP handler; `next()` runs the rest and resolves to its response. */
export type ApiMiddleware<TBody = any, _TResponse = any, _TEmit = any> = (
  req: ApiRequest<TBody>,
  ctx: any,
  next: (input?: unknown) => Promise<ApiResponse>,
) => unknown
export const ApiMiddleware = undefined
