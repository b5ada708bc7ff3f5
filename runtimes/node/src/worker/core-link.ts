import { CoreError } from '../author/core-error.js'
import type { Answer, Core, LogLevel, LogSource, RunningAttempt } from '../author/runtime.js'
import type { FrameWriter } from './frames.js'

interface Pending {
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** The worker's questions to the core and their answers. */
export class CoreLink implements Core {
  readonly #out: FrameWriter
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  constructor(out: FrameWriter) {
    this.#out = out
  }

  ask(
    op: string,
    args: Record<string, unknown> | null,
    body: string | Uint8Array | null,
    attempt: RunningAttempt | undefined,
  ): Promise<Answer> {
    const id = ++this.#lastId
    const call = callIdOf(attempt)
    this.#out.frame(JSON.stringify({ ...args, t: 'ask', id, op, call, after: endedIdOf(attempt) }), body)
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }))
  }

  answer(header: Record<string, any>, body: Buffer): void {
    const pending = this.#pending.get(header.id)
    if (pending === undefined) return
    this.#pending.delete(header.id)
    if (header.error) pending.reject(new CoreError(header.error.name, header.error.message))
    else pending.resolve({ header, body })
  }

  log(
    level: LogLevel,
    msg: string,
    args: Record<string, unknown> | null,
    source: LogSource,
    attempt: RunningAttempt | undefined,
  ): void {
    const call = callIdOf(attempt)
    const record: Record<string, unknown> = { t: 'log', level, msg, time: Date.now(), source }
    if (call !== undefined) record.call = call
    if (args !== null) record.args = args
    this.#out.frame(JSON.stringify(record))
  }
}

/** A finished call is no longer known to the core: what goes on after it is background work. */
function callIdOf(attempt: RunningAttempt | undefined): number | undefined {
  return attempt === undefined || attempt.finished ? undefined : attempt.callId
}

/** The call whose handler is long over when it asks: the core may have to refuse that. */
function endedIdOf(attempt: RunningAttempt | undefined): number | undefined {
  return attempt?.finished ? attempt.callId : undefined
}
