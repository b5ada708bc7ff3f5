/** What a handler's result means as a response (HTTP-17 to HTTP-24). */
import { encodePayload } from '../author/payload.js'

export type Headers = Record<string, string | string[]>

/** A result as status, headers and body; the body is not encoded yet. */
export interface PlainResponse {
  status: number
  headers: Headers
  body: unknown
}

const RESPONSE_KEYS = new Set(['status', 'body', 'headers', 'cookies', 'contentType', 'content_type'])
const NO_HEADERS: Headers = Object.freeze({}) as Headers

export const JSON_TYPE = 'application/json; charset=utf-8'
const HTML_TYPE = 'text/html; charset=utf-8'
const BYTES_TYPE = 'application/octet-stream'

/** Reads any result. `onOddKeys` hears of results that look like a response but are data. */
export function readResult(result: any, onOddKeys?: (keys: string[]) => void): PlainResponse {
  if (result === undefined || result === null) return { status: 204, headers: NO_HEADERS, body: undefined }
  if (typeof result !== 'object' || Array.isArray(result)) return jsonResult(result)
  if (isStream(result) || ArrayBuffer.isView(result)) return { status: 200, headers: NO_HEADERS, body: result }
  if (!isStatus(result.status)) return jsonResult(result)
  const odd = Object.keys(result).filter((key) => !RESPONSE_KEYS.has(key))
  if (odd.length > 0) {
    onOddKeys?.(odd)
    return jsonResult(result)
  }
  if (result.status < 200) throw new RangeError(`a handler cannot answer with status ${result.status}; use 200 to 599`)
  return { status: result.status, headers: responseHeaders(result), body: result.body }
}

function jsonResult(value: unknown): PlainResponse {
  // JSON whatever its type: a bare string must not become markup by accident (HTTP-18).
  return { status: 200, headers: { 'content-type': JSON_TYPE }, body: typeof value === 'string' ? JSON.stringify(value) : value }
}

function isStatus(status: unknown): status is number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 599
}

function responseHeaders({ headers, cookies, contentType, content_type }: any): Headers {
  if (!headers && !cookies && !contentType && !content_type) return NO_HEADERS
  const result: Headers = {}
  const type = contentType ?? content_type
  if (type) result['content-type'] = headerValue('contentType', type) as string
  if (headers) mergeHeaders(result, headers)
  if (cookies)
    result['set-cookie'] = [
      ...[result['set-cookie'] ?? []].flat(),
      ...Object.entries(cookies).map(([name, value]) => cookieHeader(name, value)),
    ]
  return result
}

/** Adds author-written headers under their lower-case names. */
export function mergeHeaders(target: Headers, headers: Record<string, unknown>): void {
  const entries =
    typeof (headers as any)?.[Symbol.iterator] === 'function' ? [...(headers as any)] : Object.entries(headers ?? {})
  for (const [name, value] of entries) {
    if (value === undefined || value === null) continue
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is not a valid header name`)
    target[name.toLowerCase()] = headerValue(name, value)
  }
}

function headerValue(name: string, value: unknown): string | string[] {
  if (Array.isArray(value)) return value.map((item) => headerValue(name, item) as string)
  const text = String(value)
  if (/[\r\n\0]/.test(text)) throw new TypeError(`the value of header ${name} contains a line break`)
  return text
}

function cookieHeader(name: string, cookie: any): string {
  const { value, path, domain, maxAge, expires, httpOnly, secure, sameSite } =
    typeof cookie === 'object' && cookie !== null ? cookie : { value: cookie }
  const parts = [`${name}=${encodeURIComponent(String(value ?? ''))}`]
  if (path) parts.push(`Path=${path}`)
  if (domain) parts.push(`Domain=${domain}`)
  if (maxAge !== undefined && maxAge !== null) parts.push(`Max-Age=${Math.trunc(Number(maxAge))}`)
  if (expires !== undefined && expires !== null) parts.push(`Expires=${new Date(expires).toUTCString()}`)
  if (httpOnly) parts.push('HttpOnly')
  if (secure) parts.push('Secure')
  if (sameSite) parts.push(`SameSite=${sameSite === true ? 'Strict' : capitalise(String(sameSite))}`)
  return headerValue('set-cookie', parts.join('; ')) as string
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()
}

/** An iterator, a generator or a readable stream. Arrays and strings can be iterated too, but are data. */
export function isStream(value: any): value is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return (
    typeof value[Symbol.asyncIterator] === 'function' ||
    (typeof value.next === 'function' && typeof value[Symbol.iterator] === 'function')
  )
}

export interface EncodedResponse {
  status: number
  headers: Headers
  body: string | Uint8Array | null
}

/** Bytes and content type of a response that does not stream (HTTP-20, HTTP-21). */
export function encodeResponse({ status, headers, body }: PlainResponse): EncodedResponse {
  if (body === undefined) return { status, headers, body: null }
  const given = headers['content-type']
  if (typeof body === 'string') return { status, headers: given ? headers : { ...headers, 'content-type': HTML_TYPE }, body }
  if (ArrayBuffer.isView(body))
    return { status, headers: given ? headers : { ...headers, 'content-type': BYTES_TYPE }, body: bytesOf(body) }
  if (given !== undefined && isBufferJson(body) && !/\bjson\b/i.test(String(given)))
    return { status, headers, body: Buffer.from(body.data) }
  return {
    status,
    headers: given ? headers : headers === NO_HEADERS ? JSON_HEADERS : { ...headers, 'content-type': JSON_TYPE },
    body: encodePayload(body, 'response body'),
  }
}

const JSON_HEADERS: Headers = Object.freeze({ 'content-type': JSON_TYPE }) as Headers

/** How Python Steps of 0.17 returned bytes. */
function isBufferJson(body: any): body is { type: 'Buffer'; data: number[] } {
  return (
    body?.type === 'Buffer' &&
    Array.isArray(body.data) &&
    Object.keys(body).length === 2 &&
    body.data.every((byte: unknown) => Number.isInteger(byte) && (byte as number) >= 0 && (byte as number) <= 255)
  )
}

export function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}

/** One piece of a streamed body as bytes. */
export function chunkBytes(chunk: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (ArrayBuffer.isView(chunk)) return bytesOf(chunk)
  if (chunk instanceof ArrayBuffer) return Buffer.from(chunk)
  throw new TypeError(`a streamed body yields strings or bytes, not ${chunk === null ? 'null' : typeof chunk}`)
}

export function typeOfChunk(chunk: unknown): string {
  return typeof chunk === 'string' ? HTML_TYPE : BYTES_TYPE
}
