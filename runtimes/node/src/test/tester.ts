/** A project on a core of its own, for tests: `motia dev --test` on a free port, with temporary stores (TST-1). */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../author/types/context.js'
import { logger } from '../author/logger.js'

export interface TesterOptions {
  /** The project's directory; the current one without it. */
  root?: string
  /** Variables beyond those of this process. */
  environment?: Record<string, string>
  /** `manual`: time stands still until `advance`, and schedules fire when it passes. */
  clock?: 'machine' | 'manual'
  /** The command to run; `MOTIA_BIN`, the project's own or the one on the PATH without it. */
  command?: string
}

export interface RequestOptions {
  /** Anything but text and bytes goes as JSON. */
  body?: unknown
  headers?: Record<string, string>
}

export interface TestResponse {
  status: number
  /** The JSON value, else the text. */
  body: any
  headers: Record<string, string>
}

export interface CapturedEvent {
  topic: string
  data: any
  traceId: string
}

/** The events of a topic since `watch`. They are known once `waitEvents`, `sleep` or a later request has returned. */
export interface Watcher {
  getCapturedEvents(): CapturedEvent[]
  getLastCapturedEvent(): CapturedEvent | undefined
  getCapturedEvent(index: number): CapturedEvent | undefined
}

export interface MotiaTester {
  get(path: string, options?: RequestOptions): Promise<TestResponse>
  post(path: string, options?: RequestOptions): Promise<TestResponse>
  put(path: string, options?: RequestOptions): Promise<TestResponse>
  patch(path: string, options?: RequestOptions): Promise<TestResponse>
  delete(path: string, options?: RequestOptions): Promise<TestResponse>
  /** Sends an event; resolves when it is stored. */
  emit(event: { topic: string; data?: unknown }): Promise<void>
  watch(topic: string): Watcher
  /** Waits until nothing runs and nothing is due. */
  waitEvents(): Promise<void>
  /** Waits that many milliseconds of real time. */
  sleep(ms: number): Promise<void>
  /** With `clock: 'manual'`: lets milliseconds pass; what comes due is done, in order. */
  advance(ms: number): Promise<void>
  /** The values of a state group by key. */
  state(group: string): Promise<Record<string, any>>
  close(): Promise<void>
  readonly logger: Logger
}

const READY = 'Server ready and listening on port '
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

/** Starts the core at once; every call waits until it is ready, and fails with what it said when it could not start. */
export function createMotiaTester(options: TesterOptions = {}): MotiaTester {
  const core = new TestedCore(options)
  const requests = METHODS.map((method) => [
    method,
    (path: string, request: RequestOptions = {}) => core.request(method.toUpperCase(), path, request),
  ])
  return {
    ...Object.fromEntries(requests),
    emit: async ({ topic, data }: { topic: string; data?: unknown }) => {
      await core.ask('POST', '/__motia/emit', { topic, data })
      await core.look()
    },
    watch: (topic: string) => core.watch(topic),
    waitEvents: async () => {
      const { settled } = await core.ask('POST', '/__motia/test/settled', {})
      if (!settled) throw new Error(`events were still being handled after 30 s; the core said:\n${core.said()}`)
      await core.look()
    },
    sleep: async (ms: number) => {
      await pause(ms)
      await core.look()
    },
    advance: async (ms: number) => {
      await core.ask('POST', '/__motia/test/clock', { advance: ms })
      await core.look()
    },
    state: async (group: string) => {
      const items = await core.ask('GET', `/__motia/state?groupId=${encodeURIComponent(group)}`)
      return Object.fromEntries(items.map((item: any) => [item.key, item.value]))
    },
    close: () => core.close(),
    logger,
  } as MotiaTester
}

class TestedCore {
  readonly #process: ChildProcess
  readonly #url: Promise<string>
  readonly #ended: Promise<void>
  readonly #output: string[] = []
  readonly #watched: { topic: string; after: Promise<number>; events: CapturedEvent[] }[] = []
  #seen = 0
  #closed = false

  constructor(options: TesterOptions) {
    const root = options.root ?? process.cwd()
    const command = options.command ?? findMotia(root)
    const args = ['dev', '--test', '--json', '--port', '0', '--clock', options.clock ?? 'machine', root]
    const env = { ...process.env, ...options.environment }
    // The core starts workers by its own rules, not with the options of the test runner that runs this.
    delete env.NODE_OPTIONS
    this.#process = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const lines = createInterface({ input: this.#process.stdout! })
    this.#process.stderr!.on('data', (text) => this.#output.push(String(text).trimEnd()))
    this.#ended = new Promise((resolve) => this.#process.once('close', () => resolve()))
    this.#url = new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        this.#output.push(line)
        const port = line.split(READY)[1]?.match(/^\d+/)?.[0]
        if (port !== undefined) resolve(`http://127.0.0.1:${port}`)
      })
      this.#process.once('error', (error) => reject(new Error(`${command} does not run: ${error.message}`)))
      void this.#ended.then(() => reject(new Error(`the core of ${root} ended; it said:\n${this.said()}`)))
    })
    // Who calls nothing hears nothing; every call hears it.
    this.#url.catch(() => {})
  }

  async request(method: string, path: string, { body, headers }: RequestOptions): Promise<TestResponse> {
    const response = await this.#fetch(method, path, body, headers)
    await this.look()
    return response
  }

  async ask(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.#fetch(method, path, body)
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.body?.error ?? answer.body}`)
    return answer.body
  }

  watch(topic: string): Watcher {
    const events: CapturedEvent[] = []
    const after = this.#count()
    after.catch(() => {})
    this.#watched.push({ topic, after, events })
    return {
      getCapturedEvents: () => [...events],
      getLastCapturedEvent: () => events.at(-1),
      getCapturedEvent: (index) => events.at(index),
    }
  }

  /** Hands new events to who watches. */
  async look(): Promise<void> {
    if (this.#watched.length === 0) return
    const events = await this.ask('GET', `/__motia/test/events?after=${this.#seen}`)
    const watched = await Promise.all(this.#watched.map(async (each) => ({ ...each, after: await each.after })))
    for (const { number, ...event } of events) {
      if (number <= this.#seen) continue
      this.#seen = number
      for (const each of watched) if (each.topic === event.topic && number > each.after) each.events.push(event)
    }
  }

  said(): string {
    return this.#output.join('\n')
  }

  async close(): Promise<void> {
    if (!this.#closed) this.#process.kill('SIGTERM')
    this.#closed = true
    await this.#ended
  }

  async #count(): Promise<number> {
    const events = await this.ask('GET', '/__motia/test/events')
    return events.at(-1)?.number ?? 0
  }

  async #fetch(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<TestResponse> {
    const url = await this.#url
    const plain = body === undefined || typeof body === 'string' || body instanceof Uint8Array
    const response = await fetch(url + path, {
      method,
      headers: plain ? headers : { 'content-type': 'application/json', ...headers },
      body: plain ? (body as any) : JSON.stringify(body),
    })
    const text = await response.text()
    const json = response.headers.get('content-type')?.includes('json') && text !== ''
    return { status: response.status, body: json ? JSON.parse(text) : text, headers: Object.fromEntries(response.headers) }
  }
}

function findMotia(root: string): string {
  if (process.env.MOTIA_BIN) return process.env.MOTIA_BIN
  const own = ['node_modules/.bin/motia', '.venv/bin/motia', 'venv/bin/motia'].map((path) => join(root, path))
  return own.find((path) => existsSync(path)) ?? 'motia'
}
