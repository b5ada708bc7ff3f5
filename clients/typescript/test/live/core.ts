import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket as TcpSocket, connect as tcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const REPOSITORY = resolve('../..')
const MOTIA = process.env.MOTIA ?? join(REPOSITORY, '.venv/bin/motia')

/** A real core that serves a copy of the project with live streams. */
export class Core {
  port = 0
  readonly #root = mkdtempSync(join(tmpdir(), 'live-'))
  #process: ChildProcess | undefined

  constructor() {
    cpSync(join(REPOSITORY, 'tests/support/projects/live'), this.#root, { recursive: true })
  }

  /** Run it, at the same port as before if there was a before. */
  async start(): Promise<void> {
    const child = spawn(MOTIA, ['dev', '--json', '--host', '127.0.0.1', '--port', String(this.port), this.#root], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_ENV: undefined },
    })
    this.#process = child
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = /Server ready and listening on port (\d+)/.exec(line)
      if (ready === null) continue
      this.port = Number(ready[1])
      child.stdout.resume()
      return
    }
    throw new Error('the core ended before it was ready')
  }

  /** Without a chance to say goodbye. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    rmSync(this.#root, { recursive: true, force: true })
  }

  get address(): string {
    return `ws://127.0.0.1:${this.port}`
  }

  /** Have the project's Step write. */
  async write(stream: string, group: string, body: object): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/streams/${stream}/${group}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
  }

  set(stream: string, group: string, id: string, data: object): Promise<void> {
    return this.write(stream, group, { set: id, data })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await ended
  }
}

/** Writes rising numbers to a group, ten at a time and without a pause, until it is stopped. */
export class Writer {
  written = 0
  #writing = true
  readonly #work: Promise<void>

  constructor(core: Core, stream: string, group: string) {
    this.#work = this.#write(core, stream, group)
  }

  /** Resolves with the last number, which was written. */
  async stop(): Promise<number> {
    this.#writing = false
    await this.#work
    return this.written
  }

  async #write(core: Core, stream: string, group: string): Promise<void> {
    for (; this.#writing; this.written += 10) await core.write(stream, group, { from: this.written, count: 10 })
  }
}

/** Something between client and core whose connections can be broken at any byte. */
export class BreakableLine {
  readonly #server: Server
  readonly #open = new Set<TcpSocket>()

  constructor(core: Core) {
    this.#server = createServer((inner) => {
      const outer = tcp(core.port, '127.0.0.1')
      for (const [from, to] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        this.#open.add(from)
        from.pipe(to)
        from.on('error', () => {}) // it was broken on purpose
        from.on('close', () => {
          this.#open.delete(from)
          to.destroy()
        })
      }
    })
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    return `ws://127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }

  break(): void {
    for (const socket of this.#open) socket.destroy()
  }

  stop(): void {
    this.break()
    this.#server.close()
  }
}

/** Wait until it is so, looking whenever `on` says that something changed. */
export function until(condition: () => boolean, on: (listener: () => void) => void, what: string): Promise<void> {
  if (condition()) return Promise.resolve()
  return new Promise((done, fail) => {
    // Generous: it bounds a test that would otherwise hang, no test depends on it.
    const limit = setTimeout(() => fail(new Error(`this did not come about: ${what}`)), 30_000)
    on(() => {
      if (!condition()) return
      clearTimeout(limit)
      done()
    })
  })
}
