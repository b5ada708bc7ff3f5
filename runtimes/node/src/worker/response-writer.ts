import { Writable } from 'node:stream'
import type { Attempt } from './attempt.js'
import type { ChunkSender } from './chunk-sender.js'
import { mergeHeaders, typeOfChunk } from './http-result.js'

/** `req.response`: the author writes the response by hand (HTTP-23). */
export class ResponseWriter {
  readonly #attempt: Attempt
  #status: number | undefined
  #headers: Record<string, string | string[]> = {}
  #stream: Writable | undefined
  #sources = 0

  constructor(attempt: Attempt) {
    this.#attempt = attempt
    for (const name of ['status', 'headers', 'close'] as const)
      Object.defineProperty(this, name, { value: this[name].bind(this) })
  }

  status(code: number): this {
    if (!Number.isInteger(code) || code < 200 || code > 599)
      throw new RangeError(`response.status needs a status from 200 to 599, not ${String(code)}`)
    this.#status = code
    return this
  }

  headers(headers: Record<string, unknown>): this {
    mergeHeaders(this.#headers, headers)
    return this
  }

  get stream(): Writable {
    return (this.#stream ??= this.#createStream())
  }

  get writer(): this {
    return this
  }

  /** Ends the response; resolves when the last byte is on its way. */
  close(): Promise<void> {
    const { stream } = this
    return new Promise((resolve, reject) => {
      if (stream.writableFinished) return resolve()
      stream.once('finish', resolve)
      stream.once('error', reject)
      stream.end()
    })
  }

  /** The author has written, ended or at least opened the stream: the handler's return value no longer matters. */
  get isStreaming(): boolean {
    return (
      this.#stream !== undefined &&
      (this.#attempt.sender !== undefined || this.#stream.writableEnded || this.#stream.writableLength > 0 || this.#sources > 0)
    )
  }

  /** Status and headers without a body; undefined when neither was set. */
  get prepared(): { status: number; headers: Record<string, string | string[]> } | undefined {
    if (this.#status === undefined && Object.keys(this.#headers).length === 0) return undefined
    return { status: this.#status ?? 200, headers: this.#headers }
  }

  /** Waits for what is piped in; without that, the end of the handler is the end of the response. */
  async finish(): Promise<void> {
    const stream = this.#stream!
    if (this.#sources === 0 || stream.writableEnded) return this.close()
    await new Promise<void>((resolve, reject) => {
      stream.once('finish', resolve)
      stream.once('error', reject)
    })
  }

  #createStream(): Writable {
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk, encoding, done) => this.#write(chunk, encoding as BufferEncoding, done),
      final: (done) => {
        this.#begin('').end()
        done()
      },
    })
    stream.on('pipe', () => this.#sources++)
    stream.on('unpipe', () => this.#sources--)
    // A failed write rejects `finish`; without a listener it would be an uncaught exception besides.
    stream.on('error', () => {})
    return stream
  }

  #write(chunk: string | Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const sender = this.#begin(chunk)
    const room = sender.write(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
    if (room === undefined) done()
    else room.then(() => done(), done)
  }

  #begin(first: string | Buffer): ChunkSender {
    const begun = this.#attempt.sender
    if (begun) return begun
    const sender = this.#attempt.createSender()
    if (this.#headers['content-type'] === undefined && first.length > 0) this.#headers['content-type'] = typeOfChunk(first)
    sender.head(this.#status ?? 200, this.#headers)
    return sender
  }
}
