import type { Attempt } from './attempt.js'
import { cancellation } from './cancellation.js'
import type { FrameWriter } from './frames.js'

/** Chunk bytes the core accepts before it grants more. */
const FIRST_WINDOW = 1024 * 1024
const LARGEST_CHUNK = 256 * 1024

/** Sends one response body piece by piece, never faster than the core takes it. */
export class ChunkSender {
  readonly #out: FrameWriter
  readonly #attempt: Attempt
  #window: number
  #wake: (() => void) | undefined
  started = false

  constructor(out: FrameWriter, attempt: Attempt, window = FIRST_WINDOW) {
    this.#window = window
    this.#out = out
    this.#attempt = attempt
    attempt.onCancel(() => this.#wake?.())
  }

  head(status: number, headers: Record<string, string | string[]>): void {
    this.started = true
    this.#out.frame(JSON.stringify({ t: 'head', id: this.#attempt.callId, status, headers }))
  }

  /** Resolves when the core has room for more; undefined when it has already. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (bytes.length === 0) return undefined
    if (
      !this.#attempt.finished &&
      this.#attempt.cancelled === undefined &&
      bytes.length <= Math.min(this.#window, LARGEST_CHUNK)
    ) {
      this.#send(bytes)
      return undefined
    }
    return this.#writeInPieces(bytes)
  }

  end(): void {
    this.#out.frame(JSON.stringify({ t: 'end', id: this.#attempt.callId }))
  }

  credit(bytes: number): void {
    this.#window += bytes
    this.#wake?.()
  }

  async #writeInPieces(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#attempt.cancelled !== undefined) throw cancellation(this.#attempt.cancelled)
      if (this.#window <= 0) {
        await new Promise<void>((resolve) => (this.#wake = resolve))
        continue
      }
      const piece = bytes.subarray(at, at + Math.min(this.#window, LARGEST_CHUNK))
      this.#send(piece)
      at += piece.length
    }
  }

  #send(bytes: Uint8Array): void {
    if (this.#attempt.finished) throw new Error('the response has ended; nothing more can be written')
    this.#window -= bytes.length
    this.#out.frame(`{"t":"chunk","id":${this.#attempt.callId}}`, bytes)
  }
}
