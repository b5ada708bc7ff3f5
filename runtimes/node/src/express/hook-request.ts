import { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { parseCookies } from '../worker/cookies.js'
import { isPlain } from '../worker/plain.js'
import { rawBytes, readBody } from '../worker/request-body.js'
import type { HookApp } from './app.js'
import type { HookResponse } from './hook-response.js'
import { HookSocket } from './hook-socket.js'
import type { PathMatch } from './path-pattern.js'

type Headers = Record<string, string | string[]>
/** Read when first asked for: most middleware looks at one or two of them. */
type Part = 'body' | 'headers' | 'query' | 'cookies'

/** What middleware and routers of Express keep on a request for themselves. */
const NOT_FOR_STEPS = new Set(['route', 'secret', 'originalUrl', 'baseUrl', 'url', 'params'])

/** `req` of the project's middleware (MW-8). As a stream it gives the bytes that the client sent. */
export class HookRequest extends Readable {
  readonly method: string
  readonly originalUrl: string
  /** Inside of what is mounted with `app.use(path, …)`, the part after the path. */
  url: string
  baseUrl = ''
  params: Record<string, string> = {}
  readonly ip: string
  readonly complete = true
  readonly httpVersion = '1.1'
  readonly app: HookApp
  declare res: HookResponse
  readonly #header: Record<string, any>
  readonly #bytes: Buffer
  readonly #parts: Partial<Record<Part, any>> = {}
  readonly #ownNames: Set<string>
  #socket: HookSocket | undefined

  constructor(header: Record<string, any>, bytes: Buffer, app: HookApp) {
    super()
    this.#header = header
    this.#bytes = bytes
    this.method = header.method ?? 'GET'
    this.originalUrl = this.url = header.url ?? header.path ?? '/'
    this.ip = header.ip ?? ''
    this.app = app
    this.res = undefined as never
    this.#ownNames = new Set(Object.keys(this))
  }

  override _read(): void {
    this.push(rawBytes(this.#header, this.#bytes))
    this.push(null)
  }

  get path(): string {
    return /^[^?#]*/.exec(this.url)![0] || '/'
  }
  get body(): any {
    return this.#part('body')
  }
  set body(value: any) {
    this.#parts.body = value
  }
  get headers(): Headers {
    return this.#part('headers')
  }
  set headers(value: Headers) {
    this.#parts.headers = value
  }
  get query(): Record<string, any> {
    return this.#part('query')
  }
  set query(value: Record<string, any>) {
    this.#parts.query = value
  }
  get cookies(): Record<string, string> {
    return this.#part('cookies')
  }
  set cookies(value: Record<string, string>) {
    this.#parts.cookies = value
  }
  get socket(): HookSocket {
    return (this.#socket ??= new HookSocket(this.ip))
  }
  get connection(): HookSocket {
    return this.socket
  }

  get(name: string): any {
    const key = name.toLowerCase()
    if (key === 'referer' || key === 'referrer') return this.headers.referrer ?? this.headers.referer
    return this.headers[key]
  }
  header(name: string): any {
    return this.get(name)
  }

  /** Makes this the request of one layer; the result makes it what it was. */
  enter(match: PathMatch, mounted: boolean): () => void {
    const { baseUrl, params } = this
    this.params = match.params
    if (!mounted) return () => void (this.params = params)
    const prefix = match.path.replace(/\/$/, '')
    const rest = this.url.slice(prefix.length)
    const slash = rest.startsWith('/') ? '' : '/'
    this.baseUrl = baseUrl + prefix
    this.url = slash + rest
    return () => {
      this.params = params
      this.baseUrl = baseUrl
      // What the layer made of the URL stays.
      this.url = prefix + this.url.slice(slash.length)
    }
  }

  /** JSON of the members that were put on the request, `body`, `headers`, `query` and `cookies` where they were changed. */
  putMembers(): string {
    const texts: string[] = []
    const add = (name: string, value: unknown): void => {
      const text = jsonOf(value)
      if (text !== undefined) texts.push(`${JSON.stringify(name)}:${text}`)
    }
    for (const name of Object.keys(this.#parts) as Part[])
      if (!isDeepStrictEqual(this.#parts[name], this.#original(name))) add(name, this.#parts[name])
    for (const name of Object.keys(this))
      if (!this.#ownNames.has(name) && !NOT_FOR_STEPS.has(name) && !name.startsWith('_')) add(name, (this as any)[name])
    return `{${texts.join()}}`
  }

  /** Nothing more will happen to it here. */
  close(): void {
    this.#socket?.close()
    this.destroy()
  }

  #part(name: Part): any {
    return name in this.#parts ? this.#parts[name] : (this.#parts[name] = this.#original(name))
  }

  #original(name: Part): any {
    switch (name) {
      case 'body':
        return readBody(this.#header, this.#bytes)[0]
      case 'headers':
        return this.#headers()
      case 'query':
        return structuredClone(this.#header.queryParams ?? {})
      case 'cookies':
        return parseCookies(this.#header.headers?.cookie)
    }
  }

  /** The body arrives decoded: who read it by these headers would decode it again. */
  #headers(): Headers {
    const { 'content-encoding': encoding, ...headers } = this.#header.headers ?? {}
    if (encoding !== undefined) delete headers['content-length']
    return headers
  }
}

/** Functions in it are left out, as `JSON.stringify` does; clients, streams and buffers stay here. */
function jsonOf(value: unknown): string | undefined {
  if (ArrayBuffer.isView(value) || typeof (value as { on?: unknown } | null | undefined)?.on === 'function') return undefined
  try {
    const text = JSON.stringify(value)
    return text === '{}' && !isPlain(value) ? undefined : text
  } catch {
    return undefined
  }
}
