/** The other side of the protocol, for tests: starts the real worker and speaks to it over an inherited socket. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FrameReader, FrameWriter } from '../dist/worker/frames.js'

const WORKER = fileURLToPath(new URL('../dist/worker/main.js', import.meta.url))

export interface Frame {
  t: string
  header: Record<string, any>
  body: Buffer
}

type Answer = { header?: Record<string, unknown>; body?: string }

/** A project in a folder of its own; texts are files. */
export function project(files: Record<string, string>): { root: string; remove(): void } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'motia-node-')))
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

export class FakeCore {
  readonly process: ChildProcess
  readonly exited: Promise<number | null>
  readonly frames: Frame[] = []
  stdout = ''
  stderr = ''
  /** How asks are answered; without a rule they get an empty answer. */
  onAsk: (header: Record<string, any>, body: Buffer) => Answer | undefined | Promise<Answer | undefined> = () => ({})
  readonly #socket: Socket
  readonly #out: FrameWriter
  readonly #waiting: { matches: (frame: Frame) => boolean; resolve: (frame: Frame) => void; reject: (error: Error) => void }[] =
    []
  #lastId = 0

  constructor(root: string, environment: Record<string, string> = {}) {
    this.process = spawn(process.execPath, [WORKER], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        MOTIA_WORKER_SOCKET: 'fd:3',
        MOTIA_PROJECT_ROOT: root,
        MOTIA_CACHE_DIR: join(root, '.motia/cache'),
        ...environment,
      },
    })
    this.process.stdout!.on('data', (text) => (this.stdout += text))
    this.process.stderr!.on('data', (text) => (this.stderr += text))
    this.#socket = this.process.stdio[3] as unknown as Socket
    this.#out = new FrameWriter((bytes) => void this.#socket.write(bytes))
    const reader = new FrameReader((header, body) => this.#receive({ t: header.t, header, body: Buffer.from(body) }))
    this.#socket.on('data', (chunk: Buffer) => reader.push(chunk))
    this.#socket.on('error', () => {})
    this.exited = new Promise((resolve) => this.process.on('exit', (code) => resolve(code)))
    void this.exited.then((code) =>
      this.#waiting.splice(0).forEach(({ reject }) => reject(new Error(`the worker exited with ${code}\n${this.stderr}`))),
    )
  }

  send(header: Record<string, unknown>, body?: string | Uint8Array | null): void {
    this.#out.frame(JSON.stringify(header), body)
    this.#out.flush()
  }

  /** Bytes that need not be frames. */
  sendRaw(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** The first frame, past or to come, that matches. */
  frame(matches: (frame: Frame) => boolean): Promise<Frame> {
    const known = this.frames.find(matches)
    if (known) return Promise.resolve(known)
    return new Promise((resolve, reject) => this.#waiting.push({ matches, resolve, reject }))
  }

  /** Loads files and gives what was said of each. */
  async load(...files: string[]): Promise<Record<string, any>[]> {
    this.send({ t: 'load', files })
    await this.frame(({ t }) => t === 'ready')
    return this.frames.filter(({ t }) => t === 'loaded').map(({ header }) => header)
  }

  /** Has the config evaluated, and gives the frame about it. */
  async loadConfig(config: string, ...files: string[]): Promise<Record<string, any>> {
    this.send({ t: 'load', files, config })
    await this.frame(({ t }) => t === 'ready')
    return this.frames.find(({ t }) => t === 'config')!.header
  }

  /** What the config's functions make of a request. */
  hook(header: Record<string, unknown> = {}, body?: unknown): Promise<Frame> {
    return this.call(hookKeys(header, body), body === undefined ? null : JSON.stringify(body))
  }

  /** Starts a call and returns its id. */
  start(header: Record<string, unknown>, body?: string | Uint8Array | null): number {
    const id = ++this.#lastId
    this.send({ t: 'call', id, trigger: 0, traceId: 'trace-1', spanId: 'span-1', attempt: 1, ...header }, body)
    return id
  }

  /** The frame that answers a call. */
  outcome(id: number): Promise<Frame> {
    return this.frame(({ t, header }) => header.id === id && ['done', 'failed', 'response', 'end'].includes(t))
  }

  call(header: Record<string, unknown>, body?: string | Uint8Array | null): Promise<Frame> {
    return this.outcome(this.start(header, body))
  }

  event(entry: string, payload: unknown, header: Record<string, unknown> = {}): Promise<Frame> {
    return this.call({ entry, kind: 'event', topic: 'topic', deliveryId: 'd-1', ...header }, JSON.stringify(payload))
  }

  http(entry: string, body?: unknown, header: Record<string, unknown> = {}): Promise<Frame> {
    return this.call({ entry, kind: 'http', ...httpKeys(body), ...header }, body === undefined ? null : JSON.stringify(body))
  }

  /** Log records of a call. */
  logs(id: number): Record<string, any>[] {
    return this.frames.filter(({ t, header }) => t === 'log' && header.call === id).map(({ header }) => header)
  }

  /** Asks of one op, in order. */
  asks(op: string): Frame[] {
    return this.frames.filter(({ t, header }) => t === 'ask' && header.op === op)
  }

  async stop(): Promise<void> {
    this.#socket.destroy()
    await this.exited
  }

  #receive(frame: Frame): void {
    this.frames.push(frame)
    for (const waiting of [...this.#waiting]) {
      if (!waiting.matches(frame)) continue
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      waiting.resolve(frame)
    }
    if (frame.t === 'ask') void this.#answer(frame)
  }

  async #answer({ header, body }: Frame): Promise<void> {
    const answer = await this.onAsk(header, body)
    if (answer) this.send({ t: 'answer', id: header.id, ...answer.header }, answer.body)
  }
}

export function httpKeys(body: unknown): Record<string, unknown> {
  return {
    method: 'POST',
    path: '/x',
    url: '/x?a=1',
    pathParams: { id: '7' },
    queryParams: { a: '1' },
    headers: { 'content-type': 'application/json' },
    ip: '10.0.0.9',
    bodyKind: body === undefined ? 'none' : 'json',
  }
}

export function hookKeys(header: Record<string, unknown> = {}, body?: unknown): Record<string, unknown> {
  return { kind: 'hook', hook: 'request', trigger: undefined, ...httpKeys(body), pathParams: {}, ...header }
}

/** A project with a config and no Steps, and the frame about the config. */
export async function withConfig(
  files: Record<string, string>,
  use: (core: FakeCore, config: Record<string, any>) => Promise<void>,
  environment?: Record<string, string>,
): Promise<void> {
  const { root, remove } = project(files)
  const core = new FakeCore(root, environment)
  try {
    await use(core, await core.loadConfig(Object.keys(files).find((file) => file.startsWith('motia.config'))!))
  } finally {
    await core.stop()
    remove()
  }
}

/** A project, a worker with all its Steps loaded, and what it said about them; everything gone after `use`. */
export async function withWorker(
  files: Record<string, string>,
  use: (core: FakeCore, loaded: Record<string, any>[]) => Promise<void>,
  environment?: Record<string, string>,
): Promise<void> {
  const { root, remove } = project(files)
  const core = new FakeCore(root, environment)
  try {
    const steps = Object.keys(files).filter((file) => /[._]step\.[cm]?[jt]s$/.test(file))
    await use(core, await core.load(...steps))
  } finally {
    await core.stop()
    remove()
  }
}

/** The JSON in a frame's body. */
export function json(frame: Frame): any {
  return JSON.parse(frame.body.toString())
}
