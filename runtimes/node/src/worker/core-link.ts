import type { Answer, Core, LogLevel, LogSource, RunningAttempt } from '../author/runtime.js'
import type { FrameWriter } from './frames.js'

/** An error the core answered with, raised where the author made the call. */
export class CoreError extends Error {}

interface Pending {
  resolve(answer: Answer): void
  reject(error: unknown): void
  /** Created at the call: by the time the answer comes, the author's frames are off the stack. */
  error: CoreError
}

/** The worker's questions to the core and their answers. */
export class CoreLink implements Core {
  readonly #out: FrameWriter
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  constructor(out: FrameWriter) {
    this.#out = out
  }

  ask(op: string, args: Record<string, unknown> | null, body: string | Uint8Array | null, attempt: RunningAttempt | undefined): Promise<Answer> {
    const id = ++this.#lastId
    const call = callIdOf(attempt)
    this.#out.frame(JSON.stringify({ ...args, t: 'ask', id, op, call }), body)
    const error = emptyError()
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject, error }))
  }

  answer(header: Record<string, any>, body: Buffer): void {
    const pending = this.#pending.get(header.id)
    if (pending === undefined) return
    this.#pending.delete(header.id)
    if (header.error) pending.reject(fillIn(pending.error, header.error))
    else pending.resolve({ header, body })
  }

  log(level: LogLevel, msg: string, args: Record<string, unknown> | null, source: LogSource, attempt: RunningAttempt | undefined): void {
    const call = callIdOf(attempt)
    const record: Record<string, unknown> = { t: 'log', level, msg, time: Date.now(), source }
    if (call !== undefined) record.call = call
    if (args !== null) record.args = args
    this.#out.frame(JSON.stringify(record))
  }
}

/** The call comes through more frames of this runtime than an error usually keeps; the author's are behind them. */
function emptyError(): CoreError {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = limit + 15
  const error = new CoreError()
  Error.stackTraceLimit = limit
  return error
}

/** A finished call is no longer known to the core: what goes on after it is background work. */
function callIdOf(attempt: RunningAttempt | undefined): number | undefined {
  return attempt === undefined || attempt.finished ? undefined : attempt.callId
}

function fillIn(error: CoreError, { name, message }: { name?: string; message?: string }): CoreError {
  error.message = message ?? 'the core refused the call'
  Object.defineProperty(error, 'name', { value: name ?? 'Error', configurable: true, writable: true })
  if (error.stack) error.stack = `${error.name}: ${error.message}\n${error.stack.split('\n').slice(1).join('\n')}`
  return error
}
