import { STATUS_CODES, ServerResponse } from 'node:http'
import type { Headers } from '../worker/http-result.js'
import { type CookieSettings, clearedCookie, cookieText } from './response-cookies.js'

type HeaderValue = string | number | readonly string[]

/**
 * Status and headers of `res` (MW-9), with the names of Express. Those of Node are Node's own: some middleware calls the methods of
 * its prototype.
 */
export abstract class ResponseHead extends ServerResponse {
  locals: Record<string, any> = {}
  /** What Node's methods know sent headers by. */
  declare _header: string | null
  #sent = false

  static {
    // Node's own says what `_header` says; after `giveUpHead` they differ.
    const get = function (this: ResponseHead): boolean {
      return this.#sent
    }
    Object.defineProperty(this.prototype, 'headersSent', { get, configurable: true })
  }

  status(code: number): this {
    this.statusCode = code
    return this
  }

  /** Called before anything is sent, so that who replaces it sees the headers at the last moment. */
  override writeHead(status: number, ...rest: unknown[]): this {
    this.refuseIfSent('write')
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw Object.assign(new RangeError(`Invalid status code: ${String(status)}`), { code: 'ERR_HTTP_INVALID_STATUS_CODE' })
    }
    this.statusCode = status
    const headers = rest.find((value) => typeof value === 'object' && value !== null)
    for (const [name, value] of headers ? pairsOf(headers) : []) if (value !== undefined) this.setHeader(name, value)
    this.statusMessage ||= STATUS_CODES[status] ?? ''
    this.#sent = true
    this._header = `HTTP/1.1 ${status}`
    return this
  }

  protected refuseIfSent(what: string): void {
    if (this._header === null) return
    const error = new Error(`Cannot ${what} headers after they are sent to the client`)
    throw Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' })
  }

  /** Somebody else answers: nothing was sent, but nothing can be changed any more. */
  protected giveUpHead(): void {
    if (this._header === null) this.writeHead(this.statusCode)
    this.#sent = false
  }

  protected headerTexts(): Headers {
    const texts: Headers = Object.create(null)
    for (const [name, value] of Object.entries(this.getHeaders()))
      if (value !== undefined) texts[name] = Array.isArray(value) ? value.map(String) : String(value)
    return texts
  }

  set(name: string | Record<string, HeaderValue>, value?: HeaderValue): this {
    if (typeof name === 'object') {
      for (const [each, one] of Object.entries(name)) this.set(each, one)
      return this
    }
    return this.setHeader(name, name.toLowerCase() === 'content-type' ? withCharset(String(value)) : value!)
  }
  header(name: string | Record<string, HeaderValue>, value?: HeaderValue): this {
    return this.set(name, value)
  }
  get(name: string): number | string | string[] | undefined {
    return this.getHeader(name)
  }
  append(name: string, value: HeaderValue): this {
    const before = this.getHeader(name)
    return this.setHeader(name, before === undefined ? value : [before, value].flat(2).map(String))
  }
  type(type: string): this {
    return this.set('Content-Type', type.includes('/') ? type : (TYPES[type.replace(/^\./, '')] ?? 'application/octet-stream'))
  }
  contentType(type: string): this {
    return this.type(type)
  }
  vary(field: string | string[]): this {
    const known = [this.getHeader('vary') ?? []].flat().join(', ')
    const names = known.toLowerCase().split(/\s*,\s*/)
    const more = [field].flat().filter((name) => !names.includes('*') && !names.includes(name.toLowerCase()))
    return more.length === 0 ? this : this.setHeader('vary', [known, ...more].filter((text) => text !== '').join(', '))
  }
  cookie(name: string, value: unknown, settings: CookieSettings = {}): this {
    return this.append('set-cookie', cookieText(name, value, settings))
  }
  clearCookie(name: string, settings: CookieSettings = {}): this {
    return this.append('set-cookie', clearedCookie(name, settings))
  }
}

/** `writeHead` takes an object, pairs, or names and values in turn. */
function pairsOf(headers: object): [string, HeaderValue][] {
  if (!Array.isArray(headers)) return Object.entries(headers)
  if (Array.isArray(headers[0])) return headers
  return headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]] as [string, HeaderValue]] : []))
}

function withCharset(type: string): string {
  return /;\s*charset=/i.test(type) || !/^(?:text\/|application\/(?:json|javascript))/i.test(type)
    ? type
    : `${type}; charset=utf-8`
}

const TYPES: Record<string, string> = {
  bin: 'application/octet-stream',
  css: 'text/css',
  csv: 'text/csv',
  form: 'application/x-www-form-urlencoded',
  gif: 'image/gif',
  html: 'text/html',
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  text: 'text/plain',
  txt: 'text/plain',
  webp: 'image/webp',
  xml: 'application/xml',
  zip: 'application/zip',
}
