/**
 * What connects the author API with the worker that carries it. A unit test may import Step files with no worker around:
 * then there is no core, nothing is running, and only what needs a core refuses.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { FlowContext } from './types/context.js'

/** What the core answered: the results in the frame's header, and its body. */
export interface Answer {
  header: Record<string, any>
  body: Buffer
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogSource = 'logger' | 'stdout' | 'stderr'

/** The worker's line to the core. */
export interface Core {
  /** `args` are the header fields of the op; rejects with the core's error. */
  ask(
    op: string,
    args: Record<string, unknown> | null,
    body: string | Uint8Array | null,
    attempt: RunningAttempt | undefined,
  ): Promise<Answer>
  log(
    level: LogLevel,
    msg: string,
    args: Record<string, unknown> | null,
    source: LogSource,
    attempt: RunningAttempt | undefined,
  ): void
}

/** One attempt of a Step, seen from the author API. */
export interface RunningAttempt {
  readonly callId: number
  /** Which attempt this is, from 1. */
  readonly number: number
  /** Triggers form: `set` answers with old and new value (CTX-27). */
  readonly pairResults: boolean
  readonly finished: boolean
  readonly context: FlowContext<any>
  /** Work the attempt must not be acknowledged before (HND-9). */
  track<T>(work: Promise<T>): Promise<T>
}

const attempts = new AsyncLocalStorage<RunningAttempt>()
let connected: Core | undefined
let stepsAreLoading = false

export const runInAttempt = attempts.run.bind(attempts) as <R, A extends unknown[]>(
  attempt: RunningAttempt,
  run: (...args: A) => R,
  ...args: A
) => R

/** The attempt on whose behalf the calling code runs, found through await, timers and callbacks. */
export function currentAttempt(): RunningAttempt | undefined {
  return attempts.getStore()
}

export function connectCore(core: Core | undefined): void {
  connected = core
}

export function setStepsLoading(loading: boolean): void {
  stepsAreLoading = loading
}

export function areStepsLoading(): boolean {
  return stepsAreLoading
}

export function connectedCore(): Core | undefined {
  return connected
}

/** The core, for work of `attempt`; refuses while Step files are being loaded (CTX-26). */
export function coreFor(attempt: RunningAttempt | undefined, doing: string): Core {
  if (connected === undefined) {
    throw new Error(`${doing} needs a running Motia worker; in a unit test, pass the handler a context of your own`)
  }
  if (stepsAreLoading && attempt === undefined) {
    throw new Error(`${doing} is not available while Steps are loaded; call it inside a handler`)
  }
  return connected
}
