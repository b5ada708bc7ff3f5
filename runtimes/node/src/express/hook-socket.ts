import { EventEmitter } from 'node:events'

/** As much of the client's socket as middleware asks for; the real one is the core's. */
export class HookSocket extends EventEmitter {
  readonly remoteAddress: string
  readonly encrypted = false
  readable = true
  writable = true
  destroyed = false
  readonly writableLength = 0

  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }

  /** Of the connection, which is not ours to tune. */
  setTimeout(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  setNoDelay(): this {
    return this
  }
  cork(): void {}
  uncork(): void {}

  /** The core keeps the connection; who listens hears that this part of its life is over. */
  close(): void {
    this.readable = this.writable = false
    this.destroyed = true
    this.emit('close', false)
  }
}
