/** The calls of the core: started, answered exactly once, cancelled, drained. */
import { HttpError } from '../author/http-error.js'
import { loggable } from '../author/log-args.js'
import { encodePayload } from '../author/payload.js'
import { runInAttempt } from '../author/runtime.js'
import { Attempt } from './attempt.js'
import { type FailureFields, Refusal, failureFields } from './errors.js'
import { type FrameWriter, MAX_FRAME_BODY } from './frames.js'
import {
  type EncodedResponse,
  type Headers,
  JSON_TYPE,
  type PlainResponse,
  chunkBytes,
  encodeResponse,
  isStream,
  readResult,
  typeOfChunk,
} from './http-result.js'
import { invoke } from './invoke.js'
import type { RequestHook } from './request-hook.js'
import { checkResponse } from './response-checks.js'
import { NO_TRIGGER, type StepPlan, triggerPlan } from './step-plan.js'
import type { Hook, StreamHooks } from './stream-hooks.js'

/** What the project's config asks to run. */
export interface ProjectHooks {
  readonly requestHook: RequestHook | undefined
  readonly authentication: Hook | undefined
}

export class Calls {
  readonly #out: FrameWriter
  readonly #steps: Map<string, StepPlan>
  readonly #streams: Map<string, StreamHooks>
  readonly #project: ProjectHooks
  readonly #running = new Map<number, Attempt>()
  #whenIdle: (() => void) | undefined

  constructor(out: FrameWriter, steps: Map<string, StepPlan>, streams: Map<string, StreamHooks>, project: ProjectHooks) {
    this.#out = out
    this.#steps = steps
    this.#streams = streams
    this.#project = project
  }

  start(header: Record<string, any>, body: Buffer): void {
    const step = header.kind === 'hook' ? this.#planOfHook(header) : this.#steps.get(header.entry)
    if (step === undefined) {
      this.#sendFailed(
        header.id,
        failureFields(new Refusal('no-handler', `this worker has no Step ${JSON.stringify(header.entry)}`)),
        'no-handler',
      )
      return
    }
    const attempt = new Attempt(header, body, step, triggerPlan(step, header.trigger), this.#out)
    this.#running.set(attempt.callId, attempt)
    void runInAttempt(attempt, this.#run, attempt)
  }

  cancel(header: Record<string, any>): void {
    this.#running.get(header.id)?.cancel(header.reason ?? 'shutdown')
  }

  credit(header: Record<string, any>): void {
    this.#running.get(header.id)?.sender?.credit(header.bytes ?? 0)
  }

  /** Runs `then` when no call is left. */
  whenIdle(then: () => void): void {
    if (this.#running.size === 0) then()
    else this.#whenIdle = then
  }

  readonly #run = async (attempt: Attempt): Promise<void> => {
    try {
      if (attempt.header.kind === 'hook') await this.#runHook(attempt)
      else {
        const result = invoke(attempt)
        const value = isThenable(result) ? await result : result
        if (attempt.header.kind === 'http') await this.#respond(attempt, value)
        else await this.#acknowledge(attempt, value)
      }
    } catch (thrown) {
      await this.#fail(attempt, thrown)
    }
    attempt.finished = true
    this.#running.delete(attempt.callId)
    if (this.#running.size === 0) this.#whenIdle?.()
  }

  /** On whose behalf a hook runs: the project's or a stream's. */
  #planOfHook({ hook, entry }: Record<string, any>): StepPlan {
    if (hook === 'request') return PROJECT
    const name = this.#streams.get(entry)?.name ?? PROJECT.binding.name
    // Only the newer dialect has these with a context, so `set` answers in its way.
    return { ...PROJECT, form: 'triggers', binding: { ...PROJECT.binding, name } }
  }

  async #runHook(attempt: Attempt): Promise<void> {
    const { hook: name, entry } = attempt.header
    if (name === 'request') return this.#runRequestHook(attempt)
    const hook = name === 'authenticate' ? this.#project.authentication : this.#streams.get(entry)?.find(name)
    if (hook === undefined) throw new Refusal('no-handler', `this worker has no function for the hook ${name}`)
    const result = await hook(attempt)
    if (attempt.hasCalls) await attempt.finishCalls()
    this.#out.frame(`{"t":"done","id":${attempt.callId}}`, result === undefined ? null : encodePayload(result, 'the result'))
  }

  async #runRequestHook(attempt: Attempt): Promise<void> {
    const hook = this.#project.requestHook
    // Going on without the project's middleware would let everybody in.
    if (hook === undefined) throw new Refusal('no-handler', 'this worker has no functions for the hook request')
    const outcome = await hook.run(attempt)
    if (attempt.hasCalls) await attempt.finishCalls()
    if ('answer' in outcome) await this.#send(attempt, outcome.answer)
    else if ('streamed' in outcome) attempt.sender!.end()
    else this.#out.frame(`{"t":"done","id":${attempt.callId}}`, outcome.passed)
  }

  async #acknowledge(attempt: Attempt, result: unknown): Promise<void> {
    if (attempt.hasCalls) await attempt.finishCalls()
    this.#out.frame(`{"t":"done","id":${attempt.callId}}`, result === undefined ? null : encodeAnything(result))
  }

  async #respond(attempt: Attempt, result: unknown): Promise<void> {
    if (attempt.writer?.isStreaming) {
      await attempt.writer.finish()
      if (attempt.hasCalls) await attempt.finishCalls()
      return
    }
    const prepared = result === undefined || result === null ? attempt.writer?.prepared : undefined
    const response: PlainResponse = prepared
      ? { ...prepared, body: undefined }
      : readResult(result, (keys) => warnOfOddKeys(attempt, keys))
    if (isStream(response.body)) return this.#stream(attempt, response, response.body)
    const encoded = encodeResponse(response)
    if (attempt.plan.responses) await checkResponse(attempt, attempt.plan.responses, encoded)
    if (attempt.hasCalls) await attempt.finishCalls()
    await this.#send(attempt, encoded)
  }

  async #send(attempt: Attempt, { status, headers, body }: EncodedResponse): Promise<void> {
    if (body !== null && body.length > MAX_FRAME_BODY / 4 && Buffer.byteLength(body) > MAX_FRAME_BODY) {
      return this.#stream(attempt, { status, headers, body: undefined }, [typeof body === 'string' ? Buffer.from(body) : body])
    }
    this.#out.frame(`{"t":"response","id":${attempt.callId},"status":${status},"headers":${headersJson(headers)}}`, body)
  }

  /** Sends the pieces of a body as they come. Until the first is there, a failure can still become a status. */
  async #stream(
    attempt: Attempt,
    { status, headers }: PlainResponse,
    pieces: AsyncIterable<unknown> | Iterable<unknown>,
  ): Promise<void> {
    const iterator = (pieces as any)[Symbol.asyncIterator]?.() ?? (pieces as any)[Symbol.iterator]()
    const sender = attempt.createSender()
    attempt.onCancel(() => (pieces as { destroy?(): void }).destroy?.())
    try {
      if (headers['content-type'] !== undefined) sender.head(status, headers)
      for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
        if (attempt.cancelled !== undefined) break
        if (!sender.started) sender.head(status, { ...headers, 'content-type': typeOfChunk(step.value) })
        await sender.write(chunkBytes(step.value))
      }
    } finally {
      await iterator.return?.()
    }
    if (attempt.cancelled !== undefined) throw new Error(`the response was cut off: ${attempt.cancelled}`)
    if (!sender.started) sender.head(status, headers)
    if (attempt.hasCalls) await attempt.finishCalls()
    sender.end()
  }

  async #fail(attempt: Attempt, thrown: unknown): Promise<void> {
    // What was started must not go on after the answer, also when the attempt failed.
    if (attempt.hasCalls) await attempt.finishCalls().catch(() => {})
    const response = attempt.isRequest && !attempt.sender?.started ? httpErrorResponse(thrown) : undefined
    if (response) {
      try {
        return await this.#send(attempt, encodeResponse(response))
      } catch (error) {
        thrown = error
      }
    }
    const reason = attempt.cancelled !== undefined ? 'cancelled' : thrown instanceof Refusal ? thrown.reason : 'handler'
    this.#sendFailed(attempt.callId, failureFields(thrown), reason)
  }

  #sendFailed(id: number, error: FailureFields, reason: string): void {
    this.#out.frame(JSON.stringify({ t: 'failed', id, error, reason }))
  }
}

/** On whose behalf hooks run: they belong to no Step. */
const PROJECT: StepPlan = {
  entry: '',
  form: 'type',
  handler: null,
  parameters: 0,
  triggers: [NO_TRIGGER],
  binding: { name: 'motia.config', flows: [], maxAttempts: 1, emits: null },
}

function isThenable(value: any): value is PromiseLike<unknown> {
  return typeof value?.then === 'function'
}

/** A recorded result is for reading only: what JSON cannot hold is described instead of failing the attempt (HND-8). */
function encodeAnything(result: unknown): string | null {
  try {
    return encodePayload(result, 'result')
  } catch {
    return JSON.stringify(loggable(result, [])) ?? null
  }
}

function httpErrorResponse(thrown: unknown): PlainResponse | undefined {
  if (!(thrown instanceof HttpError)) return undefined
  const { status, body, headers } = readResult({ status: thrown.status, body: thrown.body, headers: thrown.headers })
  return {
    status,
    headers: { 'content-type': JSON_TYPE, ...headers },
    body: typeof body === 'string' ? JSON.stringify(body) : body,
  }
}

const JSON_HEADERS = `{"content-type":"${JSON_TYPE}"}`

function headersJson(headers: Headers): string {
  let count = 0
  for (const _name in headers) count++
  return count === 1 && headers['content-type'] === JSON_TYPE ? JSON_HEADERS : JSON.stringify(headers)
}

const warned = new Set<string>()

function warnOfOddKeys(attempt: Attempt, keys: string[]): void {
  const subject = `${attempt.step.entry}\0${keys.join()}`
  if (warned.has(subject)) return
  warned.add(subject)
  attempt.context.logger.warn(
    `The result has a status and the keys ${keys.join(', ')}, so it is sent as data with status 200. A response has only status, body, headers, cookies and contentType.`,
  )
}
