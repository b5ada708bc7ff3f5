/**
 * Frames: the units of the worker protocol. `u32 header length, u32 body length, header (JSON), body (bytes)`.
 */

const LENGTHS = 8
const MAX_HEADER = 16 * 1024 * 1024
const MAX_BODY = 128 * 1024 * 1024

export const MAX_FRAME_BODY = MAX_BODY

/** The other side broke the rules of the protocol; the connection cannot go on. */
export class ProtocolError extends Error {
  override name = 'ProtocolError'
}

export type FrameHandler = (header: Record<string, any>, body: Buffer) => void

/** Cuts a byte stream into frames. Bodies are views into the received bytes and must not be kept for long unless copied. */
export class FrameReader {
  #chunks: Buffer[] = []
  #have = 0
  #need = LENGTHS
  readonly #onFrame: FrameHandler

  constructor(onFrame: FrameHandler) {
    this.#onFrame = onFrame
  }

  push(chunk: Buffer): void {
    this.#have += chunk.length
    if (this.#have < this.#need) {
      this.#chunks.push(chunk)
      return
    }
    let bytes = chunk
    if (this.#chunks.length > 0) {
      this.#chunks.push(chunk)
      bytes = Buffer.concat(this.#chunks, this.#have)
      this.#chunks = []
    }
    this.#keep(bytes, this.#readAll(bytes))
  }

  /** Reads every complete frame and returns the offset of the first byte that was not used. */
  #readAll(bytes: Buffer): number {
    let at = 0
    while (bytes.length - at >= LENGTHS) {
      const headerLength = bytes.readUInt32BE(at)
      const bodyLength = bytes.readUInt32BE(at + 4)
      if (headerLength > MAX_HEADER || bodyLength > MAX_BODY) throw new ProtocolError('a frame is larger than allowed')
      const bodyAt = at + LENGTHS + headerLength
      const end = bodyAt + bodyLength
      if (end > bytes.length) {
        this.#need = end - at
        return at
      }
      this.#onFrame(parseHeader(bytes, at + LENGTHS, bodyAt), bytes.subarray(bodyAt, end))
      at = end
    }
    this.#need = LENGTHS
    return at
  }

  #keep(bytes: Buffer, from: number): void {
    this.#have = bytes.length - from
    if (this.#have > 0) this.#chunks.push(bytes.subarray(from))
  }
}

function parseHeader(bytes: Buffer, from: number, to: number): Record<string, any> {
  let header: unknown
  try {
    header = JSON.parse(bytes.toString('utf8', from, to))
  } catch {
    throw new ProtocolError('a frame header is not JSON')
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new ProtocolError('a frame header is not a JSON object')
  }
  return header as Record<string, any>
}

const PAGE = 64 * 1024
/** A body from this size on is handed to the socket as it is instead of being copied into the page. */
const COPY_LIMIT = 16 * 1024

/**
 * Collects the frames written during one turn of the event loop and hands them to `write` together: a write per frame
 * costs several times as much.
 */
export class FrameWriter {
  #page = Buffer.allocUnsafeSlow(PAGE)
  #start = 0
  #at = 0
  #scheduled = false
  readonly #write: (bytes: Buffer) => void

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write
  }

  /** `header` is JSON text; a string body is encoded as UTF-8. */
  frame(header: string, body?: string | Uint8Array | null): void {
    if (typeof body === 'string') {
      if (body.length * 3 <= COPY_LIMIT) this.#small(header, body)
      else this.#large(header, Buffer.from(body, 'utf8'))
    } else if (body && body.length > COPY_LIMIT) {
      this.#large(header, body)
    } else {
      this.#small(header, body ?? null)
    }
    if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(this.#flushLater)
    }
  }

  /** Hands over everything collected so far. */
  flush(): void {
    if (this.#at === this.#start) return
    this.#write(this.#page.subarray(this.#start, this.#at))
    this.#start = this.#at
  }

  readonly #flushLater = (): void => {
    this.#scheduled = false
    this.flush()
  }

  #small(header: string, body: string | Uint8Array | null): void {
    this.#reserve(LENGTHS + header.length * 3 + (body === null ? 0 : typeof body === 'string' ? body.length * 3 : body.length))
    const page = this.#page
    const at = this.#at
    const headerLength = page.write(header, at + LENGTHS, 'utf8')
    const bodyAt = at + LENGTHS + headerLength
    let bodyLength = 0
    if (typeof body === 'string') {
      bodyLength = page.write(body, bodyAt, 'utf8')
    } else if (body !== null) {
      page.set(body, bodyAt)
      bodyLength = body.length
    }
    page.writeUInt32BE(headerLength, at)
    page.writeUInt32BE(bodyLength, at + 4)
    this.#at = bodyAt + bodyLength
  }

  #large(header: string, body: Uint8Array): void {
    if (body.length > MAX_BODY) throw new RangeError(`${body.length} bytes are more than one message may carry (${MAX_BODY})`)
    const encoded = Buffer.from(header, 'utf8')
    this.#reserve(LENGTHS + encoded.length)
    this.#page.writeUInt32BE(encoded.length, this.#at)
    this.#page.writeUInt32BE(body.length, this.#at + 4)
    this.#page.set(encoded, this.#at + LENGTHS)
    this.#at += LENGTHS + encoded.length
    this.flush()
    this.#write(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  }

  #reserve(bytes: number): void {
    if (this.#page.length - this.#at >= bytes) return
    this.flush()
    // The old page may still be waiting in the socket: it is left to it, never written again.
    this.#page = Buffer.allocUnsafeSlow(Math.max(PAGE, bytes))
    this.#start = 0
    this.#at = 0
  }
}
