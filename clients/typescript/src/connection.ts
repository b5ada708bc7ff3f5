import { type AuthToken, socketUrl } from './address.js'
import { Backoff, type ReconnectOptions } from './backoff.js'

/** The part of a WebSocket that is used: a browser's, Node's own (22 and newer) and that of the package `ws` have it. */
export interface WebSocketLike {
  onopen: ((event: any) => void) | null
  onmessage: ((event: any) => void) | null
  onclose: ((event: any) => void) | null
  onerror: ((event: any) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}

export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => WebSocketLike

/**
 * `idle`: nothing is subscribed, there is no connection. `connecting`: the first attempt. `online`. `offline`: it was lost or
 * refused, and is tried again. `closed`: by `close()`, for good.
 */
export type ConnectionStatus = 'idle' | 'connecting' | 'online' | 'offline' | 'closed'

export interface ConnectionOptions {
  /** Subprotocols; `['Authorization', token]` is how a token travels in a header. */
  protocols?: string | string[] | undefined
  /** Travels as `?authToken=`. A function is asked again before each connection. */
  authToken?: AuthToken
  /** The class to use where there is no global `WebSocket`, as in Node 20: that of the package `ws`. */
  WebSocket?: WebSocketConstructor
  reconnect?: ReconnectOptions
}

export interface ConnectionListener {
  received(frame: unknown): void
  /** With `online` there is a new connection, on which nothing is joined. */
  statusChanged(status: ConnectionStatus): void
}

// A connection that lived this long counts as one that went well.
const STABLE_MS = 5_000
// An address that answers nothing is given up after this; browsers alone would take minutes.
const OPENING_MS = 15_000

type Timer = ReturnType<typeof setTimeout>

/** A socket that is opened again whenever it was lost, until `rest` or `close`. */
export class Connection {
  status: ConnectionStatus = 'idle'
  /** Why the last connection was lost or could not be made. */
  problem: Error | undefined

  readonly #address: () => string
  readonly #options: ConnectionOptions
  readonly #listener: ConnectionListener
  readonly #backoff: Backoff
  #socket: WebSocketLike | undefined
  #timer: Timer | undefined
  #stable: Timer | undefined
  #attempt = 0

  constructor(address: () => string, options: ConnectionOptions, listener: ConnectionListener) {
    this.#address = address
    this.#options = options
    this.#listener = listener
    this.#backoff = new Backoff(options.reconnect)
  }

  /** Connect, unless that is under way or done. Throws where there is no WebSocket, and for an address that is none. */
  start(): void {
    if (this.status !== 'idle') return
    if (this.#socketClass() === undefined) {
      throw new Error(
        'There is no WebSocket here. Node has one since version 22; before, install the package "ws" and pass it: new Stream(address, { WebSocket: WebSocket })',
      )
    }
    socketUrl(this.#address(), undefined)
    this.#become('connecting')
    globalThis.addEventListener?.('online', this.#again)
    void this.#connect()
  }

  /** Send, if there is a connection: on a new one everything is said again. */
  send(text: string): void {
    if (this.status === 'online') this.#socket?.send(text)
  }

  /** Disconnect until the next `start`. */
  rest(): void {
    if (this.status === 'closed') return
    this.#end()
    this.problem = undefined
    this.#backoff.reset()
    this.#become('idle')
  }

  /** Disconnect for good. */
  close(): void {
    this.#end()
    this.#become('closed')
  }

  #socketClass(): WebSocketConstructor | undefined {
    return this.#options.WebSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
  }

  #end(): void {
    globalThis.removeEventListener?.('online', this.#again)
    this.#attempt += 1
    this.#drop()
  }

  /** The network is back or another one: what there is of a connection is probably dead, and coming back is cheap. */
  readonly #again = (): void => {
    if (this.status === 'online') this.#lost(new Error('the network changed'), 0)
    else if (this.status === 'offline') this.#retry(0)
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt
    try {
      const { authToken, protocols } = this.#options
      const token = typeof authToken === 'function' ? await authToken() : authToken
      if (attempt !== this.#attempt) return
      const Socket = this.#socketClass() as WebSocketConstructor
      this.#listen(new Socket(socketUrl(this.#address(), token), protocols))
    } catch (problem) {
      if (attempt === this.#attempt) this.#lost(problem instanceof Error ? problem : new Error(String(problem)))
    }
  }

  #listen(socket: WebSocketLike): void {
    this.#socket = socket
    let problem: Error | undefined
    socket.onopen = () => {
      clearTimeout(this.#timer)
      this.#stable = unobtrusive(setTimeout(() => this.#backoff.reset(), STABLE_MS))
      this.problem = undefined
      this.#become('online')
    }
    socket.onmessage = (event: { data: unknown }) => this.#listener.received(event.data)
    socket.onerror = (event: { message?: unknown }) => {
      problem = new Error(typeof event.message === 'string' && event.message ? event.message : 'the connection could not be made')
    }
    socket.onclose = (event: { code: number; reason: string }) => {
      this.#lost(problem ?? new Error(`the connection was closed: ${event.code} ${event.reason}`.trim()))
    }
    this.#timer = setTimeout(() => this.#lost(new Error(`no connection within ${OPENING_MS / 1000} s`)), OPENING_MS)
  }

  #lost(problem: Error, waitMs = this.#backoff.next()): void {
    this.#drop()
    this.problem = problem
    this.#become('offline')
    this.#retry(waitMs)
  }

  #retry(waitMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#connect(), waitMs)
  }

  /** Forget the socket; nothing it still says is heard. */
  #drop(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#stable)
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.onerror = () => {} // `ws` throws errors that nobody hears
    socket.close(1000)
  }

  #become(status: ConnectionStatus): void {
    if (status === this.status) return
    this.status = status
    this.#listener.statusChanged(status)
  }
}

/** A timer that does not keep Node running. */
export function unobtrusive(timer: Timer): Timer {
  ;(timer as unknown as { unref?: () => void }).unref?.()
  return timer
}
