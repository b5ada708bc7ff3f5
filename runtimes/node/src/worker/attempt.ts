import type { ContextCall } from '../author/context-call.js'
import type { RunningAttempt } from '../author/runtime.js'
import type { FlowContext, TriggerInfo } from '../author/types/context.js'
import { cancellation } from './cancellation.js'
import { ChunkSender } from './chunk-sender.js'
import { StepContext } from './context.js'
import { FrameWriter } from './frames.js'
import type { ResponseWriter } from './response-writer.js'
import type { StepPlan, TriggerPlan } from './step-plan.js'

/** One call of the core while it runs. */
export class Attempt implements RunningAttempt {
  readonly callId: number
  readonly header: Record<string, any>
  readonly body: Buffer
  readonly step: StepPlan
  readonly plan: TriggerPlan
  finished = false
  /** What the handler gets as its first argument. */
  input: any = null
  /** Set when the author reached for the response writer. */
  writer: ResponseWriter | undefined
  /** Set when the response is sent in pieces. */
  sender: ChunkSender | undefined
  cancelled: string | undefined

  readonly #out: FrameWriter
  #context: StepContext | undefined
  #abort: AbortController | undefined
  #onCancel: (() => void)[] | undefined
  #open = 0
  #failed: [ContextCall<unknown>, unknown][] | undefined
  #whenIdle: (() => void) | undefined

  constructor(header: Record<string, any>, body: Buffer, step: StepPlan, plan: TriggerPlan, out: FrameWriter) {
    this.callId = header.id
    this.header = header
    this.body = body
    this.step = step
    this.plan = plan
    this.#out = out
  }

  get number(): number {
    return this.header.attempt ?? 1
  }

  get pairResults(): boolean {
    return this.step.form === 'triggers'
  }

  /** Whether a client waits for a response. */
  get isRequest(): boolean {
    return this.header.kind === 'http' || (this.header.kind === 'hook' && this.header.hook === 'request')
  }

  /** What fired, in the words of `ctx.trigger`. */
  get triggerType(): TriggerInfo['type'] {
    if (this.header.kind === 'hook') return this.isRequest ? 'http' : 'stream'
    const kind: string = this.header.kind === 'manual' ? (this.header.as ?? 'manual') : this.header.kind
    return TRIGGER_TYPES[kind] ?? 'manual'
  }

  get context(): FlowContext<any, any> {
    return (this.#context ??= new StepContext(this)) as FlowContext<any, any>
  }

  track<T>(work: Promise<T>): Promise<T> {
    this.#open++
    const call = work as ContextCall<T>
    call.watch(
      () => this.#closeOne(),
      (reason) => {
        ;(this.#failed ??= []).push([call, reason])
        this.#closeOne()
      },
    )
    return work
  }

  #closeOne(): void {
    if (--this.#open === 0) this.#whenIdle?.()
  }

  get hasCalls(): boolean {
    return this.#open > 0 || this.#failed !== undefined
  }

  /** Waits for context calls nobody awaited; throws the first failure nobody saw (HND-9). */
  async finishCalls(): Promise<void> {
    while (this.#open > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
    const unseen = this.#failed?.find(([call]) => !call.observed)
    if (unseen) throw unseen[1]
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      if (this.cancelled !== undefined) this.#abort.abort(cancellation(this.cancelled))
    }
    return this.#abort.signal
  }

  createSender(): ChunkSender {
    // A request started by hand has nobody to send to: what its handler writes is dropped.
    this.sender = this.isRequest ? new ChunkSender(this.#out, this) : new ChunkSender(new FrameWriter(() => {}), this, Infinity)
    return this.sender
  }

  /** Runs `stop` when the attempt is cancelled. */
  onCancel(stop: () => void): void {
    if (this.cancelled !== undefined) stop()
    else (this.#onCancel ??= []).push(stop)
  }

  cancel(reason: string): void {
    if (this.cancelled !== undefined) return
    this.cancelled = reason
    this.#abort?.abort(cancellation(reason))
    this.#onCancel?.forEach((stop) => stop())
  }
}

const TRIGGER_TYPES: Record<string, TriggerInfo['type']> = {
  http: 'http',
  api: 'http',
  event: 'queue',
  queue: 'queue',
  cron: 'cron',
  state: 'state',
  stream: 'stream',
}
