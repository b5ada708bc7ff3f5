import type { Attempt } from './attempt.js'
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

/** `[body, rawBody]` by the core's reading of the body. */
function readBody(header: Record<string, any>, bytes: Buffer): [unknown, unknown] {
  // A manual start has the body of a request and nothing else of it.
  const kind: string = header.bodyKind ?? (bytes.length > 0 ? 'json' : 'none')
  switch (kind) {
    case 'none':
      return [{}, '']
    case 'form': {
      const length: number = header.rawLength ?? bytes.length
      return [JSON.parse(bytes.toString('utf8', 0, length)), bytes.toString('utf8', length)]
    }
    case 'text': {
      const text = bytes.toString('utf8')
      return [text, text]
    }
    case 'bytes':
      return [bytes, bytes]
    default: {
      const text = bytes.toString('utf8')
      return [JSON.parse(text), text]
    }
  }
}

async function* rawChunks({ header, body }: Attempt): AsyncIterable<Buffer> {
  const raw = header.bodyKind === 'form' ? body.subarray(header.rawLength ?? 0) : body
  if (raw.length > 0) yield raw
}

function parseCookies(text: string | undefined): Record<string, string> {
  const cookies: Record<string, string> = {}
  for (const part of (text ?? '').split(';')) {
    const at = part.indexOf('=')
    const name = part.slice(0, at).trim()
    // The first of two equal names wins: browsers send the more specific path first.
    if (at > 0 && name !== '__proto__' && !Object.hasOwn(cookies, name))
      cookies[name] = decode(
        part
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      )
  }
  return cookies
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
