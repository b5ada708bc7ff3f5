import type { Attempt } from './attempt.js'
import { parseCookies } from './cookies.js'
import { rawBytes, readBody } from './request-body.js'
import { ResponseWriter } from './response-writer.js'

/**
 * The request in the words of all dialects (HTTP-6). Its own, enumerable properties are the five of 0.17; everything else is
 * readable without being listed. Middleware may assign any property.
 */
export class MotiaRequest {
  body: any
  headers: Record<string, any>
  pathParams: Record<string, string>
  queryParams: Record<string, any>
  rawBody: any
  readonly #attempt: Attempt
  #cookies: Record<string, string> | undefined

  constructor(attempt: Attempt) {
    const { header } = attempt
    const [body, raw] = readBody(header, attempt.body)
    this.body = body
    this.headers = header.headers ?? {}
    this.pathParams = header.pathParams ?? {}
    this.queryParams = header.queryParams ?? {}
    this.rawBody = raw
    this.#attempt = attempt
    if (header.properties) addProperties(this, header.properties)
  }

  get params(): Record<string, string> {
    return this.pathParams
  }
  set params(params) {
    this.pathParams = params
  }
  get path_params(): Record<string, string> {
    return this.pathParams
  }
  set path_params(params) {
    this.pathParams = params
  }
  get query(): Record<string, any> {
    return this.queryParams
  }
  set query(query) {
    this.queryParams = query
  }
  get query_params(): Record<string, any> {
    return this.queryParams
  }
  set query_params(query) {
    this.queryParams = query
  }
  get raw_body(): any {
    return this.rawBody
  }

  get method(): string {
    return this.#attempt.header.method ?? this.#attempt.plan.method ?? 'GET'
  }
  get path(): string {
    return this.#attempt.header.path ?? this.#attempt.plan.path ?? '/'
  }
  get url(): string {
    return this.#attempt.header.url ?? this.path
  }
  get ip(): string {
    return this.#attempt.header.ip ?? ''
  }
  get connection(): { remoteAddress: string } {
    return { remoteAddress: this.ip }
  }
  get socket(): { remoteAddress: string } {
    return { remoteAddress: this.ip }
  }
  get cookies(): Record<string, string> {
    return (this.#cookies ??= parseCookies(this.headers.cookie))
  }
  get files(): unknown[] {
    return this.#attempt.header.files ?? []
  }

  get request(): this {
    return this
  }
  get response(): ResponseWriter {
    return (this.#attempt.writer ??= new ResponseWriter(this.#attempt))
  }
  get requestBody(): { stream: AsyncIterable<Buffer> } {
    return { stream: rawChunks(this.#attempt) }
  }
  get request_body(): { stream: AsyncIterable<Buffer> } {
    return this.requestBody
  }
}

async function* rawChunks({ header, body }: Attempt): AsyncIterable<Buffer> {
  const raw = rawBytes(header, body)
  if (raw.length > 0) yield raw
}

/** Names that stay what they are, whatever the project's middleware called so. */
const FIXED = new Set(['request', 'response', 'requestBody', 'request_body', '__proto__'])

/** What the project's middleware put on the request: readable and assignable, but not listed (HTTP-6, MW-8). */
function addProperties(request: MotiaRequest, properties: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(properties)) {
    if (FIXED.has(name)) continue
    if (isAssignable(request, name)) (request as any)[name] = value
    else Object.defineProperty(request, name, { value, writable: true, configurable: true, enumerable: false })
  }
}

function isAssignable(request: MotiaRequest, name: string): boolean {
  return Object.hasOwn(request, name) || Object.getOwnPropertyDescriptor(MotiaRequest.prototype, name)?.set !== undefined
}
