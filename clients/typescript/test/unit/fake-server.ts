import type { WebSocketLike } from 'motia-stream-client'

type Join = { streamName: string; groupId: string; id?: string; subscriptionId: string; after?: number }

/** The server's end of one socket, played by a test. */
export class FakeSocket implements WebSocketLike {
  onopen: ((event: any) => void) | null = null
  onmessage: ((event: any) => void) | null = null
  onclose: ((event: any) => void) | null = null
  onerror: ((event: any) => void) | null = null
  readonly sent: { type: 'join' | 'leave'; data: Join }[] = []
  readonly url: string
  readonly protocols: string | string[] | undefined
  closedByClient = false

  constructor(url: string, protocols?: string | string[]) {
    this.url = url
    this.protocols = protocols
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }

  close(): void {
    this.closedByClient = true
  }

  open(): void {
    this.onopen?.({})
  }

  /** The connection breaks, or the server ends it. */
  break(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason })
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }

  /** A message of the stream `chat`, group `room`. */
  tell(timestamp: number, event: object, id?: string, groupId = 'room'): void {
    this.say({ timestamp, streamName: 'chat', groupId, ...(id === undefined ? {} : { id }), event })
  }

  joins(): Join[] {
    return this.sent.filter((each) => each.type === 'join').map((each) => each.data)
  }

  leaves(): Join[] {
    return this.sent.filter((each) => each.type === 'leave').map((each) => each.data)
  }
}

/** All sockets that were made; `Socket` is the class to hand to a client. */
export class FakeServer {
  readonly sockets: FakeSocket[] = []
  readonly Socket: new (url: string, protocols?: string | string[]) => FakeSocket

  constructor() {
    const sockets = this.sockets
    this.Socket = class extends FakeSocket {
      constructor(url: string, protocols?: string | string[]) {
        super(url, protocols)
        sockets.push(this)
      }
    }
  }

  get last(): FakeSocket {
    const socket = this.sockets.at(-1)
    if (socket === undefined) throw new Error('nobody has connected')
    return socket
  }
}

/** Let everything that waits for promises go on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
}

export function item(id: string, n = 0): { id: string; n: number } {
  return { id, n }
}
