import { STATUS_CODES } from 'node:http'
import { Writable } from 'node:stream'
import { type EncodedResponse, type Headers, JSON_TYPE, bytesOf } from '../worker/http-result.js'
import type { ChunkSender } from '../worker/chunk-sender.js'
import type { HookApp } from './app.js'
import type { HookRequest } from './hook-request.js'
import { ResponseHead } from './response-head.js'

/** Where an answer goes. */
export interface AnswerSink {
  /** The whole answer at once. */
  whole(response: EncodedResponse): void
  /** The answer comes in pieces from now on. */
  openStream(): ChunkSender
  /** The last piece was written. */
  streamed(): void
  /** The answer was cut off. */
  broken(error: unknown): void
}

/** `res` of the project's middleware (MW-9). Answered at once, or as a stream once something was written. */
export class HookResponse extends ResponseHead {
  readonly app: HookApp
  readonly #sink: AnswerSink
  readonly #request: HookRequest
  #stream: Writable | undefined
  #isSettled = false
  #isClosed = false

  constructor(sink: AnswerSink, request: HookRequest) {
    super(request as never)
    this.#sink = sink
    this.app = request.app
    this.#request = request
    Object.assign(this, { socket: request.socket })
  }

  json(value: unknown): this {
    if (!this.hasHeader('content-type')) this.setHeader('content-type', JSON_TYPE)
    return this.send(JSON.stringify(value) ?? '')
  }

  send(body?: unknown): this {
    if (body !== null && body !== undefined && typeof body !== 'string' && !ArrayBuffer.isView(body)) return this.json(body)
    this.refuseIfSent('set')
    const type = this.getHeader('content-type')
    if (typeof body === 'string') {
      if (type === undefined) this.type('html')
      else if (typeof type === 'string' && !/;\s*charset=/i.test(type)) this.setHeader('content-type', `${type}; charset=utf-8`)
    } else if (body && type === undefined) this.type('bin')
    if (this.statusCode !== 204 && this.statusCode !== 304) return this.end(body ?? undefined)
    for (const name of ['content-type', 'content-length', 'transfer-encoding']) this.removeHeader(name)
    return this.end()
  }

  sendStatus(code: number): this {
    return this.status(code)
      .type('txt')
      .send(STATUS_CODES[code] ?? String(code))
  }

  location(url: string): this {
    const target = url === 'back' ? (this.#request.get('referrer') ?? '/') : url
    return this.set('Location', encodeURI(target).replace(/%25([0-9a-f]{2})/gi, '%$1'))
  }

  /** `redirect(url)`, `redirect(status, url)`. */
  redirect(first: number | string, second?: string | number): this {
    const [status, url] = typeof first === 'number' ? [first, second] : [typeof second === 'number' ? second : 302, first]
    this.location(String(url))
    return this.status(status)
      .type('txt')
      .send(`${STATUS_CODES[status] ?? status}. Redirecting to ${String(this.get('location'))}`)
  }

  override flushHeaders(): void {
    this.#begin()
  }

  override write(...args: any[]): boolean {
    const [chunk, encoding, done] = bodyArguments(args)
    if (!this.finished && !this.destroyed) return this.#begin().write(chunk, encoding!, done)
    done?.(Object.assign(new Error('write after end'), { code: 'ERR_STREAM_WRITE_AFTER_END' }))
    return false
  }

  override end(...args: any[]): this {
    const [chunk, encoding, done] = bodyArguments(args)
    if (this.finished || this.destroyed) return this
    if (this.#stream) {
      this.finished = true
      this.#stream.end(chunk, encoding!, done)
      return this
    }
    const body = bytesToSend(chunk, encoding)
    if (!this.headersSent) this.writeHead(this.statusCode)
    this.finished = this.#isSettled = true
    if (done) this.once('finish', done)
    process.nextTick(() => {
      this.emit('finish')
      this.#close()
    })
    this.#sink.whole({ status: this.statusCode, headers: this.headerTexts(), body })
    return this
  }

  /** Cuts the answer off. */
  override destroy(error?: Error): this {
    if (this.#isClosed || this.destroyed) return this
    this.destroyed = true
    this.#stream?.destroy(error)
    if (!this.#isSettled) {
      this.#isSettled = true
      this.#sink.broken(error ?? new Error('the response was closed before it ended'))
    }
    process.nextTick(() => this.#close())
    return this
  }

  /** The headers for whoever answers in its place. Listeners hear that it is closed, not that it is finished. */
  pass(): Headers {
    this.giveUpHead()
    this.#isSettled = true
    this.destroy()
    const headers = this.headerTexts()
    for (const name of ABOUT_THE_BODY) delete headers[name]
    return headers
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = this.destroyed = true
    this.emit('close')
  }

  #begin(): Writable {
    if (this.#stream) return this.#stream
    if (!this.headersSent) this.writeHead(this.statusCode)
    const sender = this.#sink.openStream()
    sender.head(this.statusCode, this.headerTexts())
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const room = sender.write(chunk)
        if (room === undefined) done()
        else room.then(() => done(), done)
      },
      final: (done) => {
        this.#isSettled = true
        this.#sink.streamed()
        done()
      },
    })
    stream.on('drain', () => this.emit('drain'))
    stream.on('finish', () => this.emit('finish'))
    stream.on('close', () => this.#close())
    stream.on('error', (error) => this.destroy(error))
    return (this.#stream = stream)
  }
}

/** Of a body that is not sent. */
const ABOUT_THE_BODY = ['content-length', 'content-encoding', 'transfer-encoding']

type Done = (error?: Error | null) => void

/** `(chunk, encoding, done)`, each of which may be left out. */
function bodyArguments(args: any[]): [any, BufferEncoding | undefined, Done | undefined] {
  const at = args.findIndex((argument) => typeof argument === 'function')
  const [chunk, encoding] = at === -1 ? args : args.slice(0, at)
  return [chunk, encoding, at === -1 ? undefined : args[at]]
}

function bytesToSend(chunk: unknown, encoding: BufferEncoding | undefined): string | Uint8Array | null {
  if (chunk === undefined || chunk === null || chunk === '') return null
  if (ArrayBuffer.isView(chunk)) return bytesOf(chunk)
  if (typeof chunk === 'string')
    return encoding === undefined || /^utf-?8$/i.test(encoding) ? chunk : Buffer.from(chunk, encoding)
  throw new TypeError(`res.end takes a string or bytes, not ${typeof chunk}; use res.json`)
}
