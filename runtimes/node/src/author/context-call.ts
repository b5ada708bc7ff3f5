import { CoreError } from './core-error.js'
import type { RunningAttempt } from './runtime.js'

/**
 * The promise of a call made through the context. It knows whether the author ever looked at it, because the failure of
 * a call nobody awaited must fail the attempt, while one that was caught must not (HND-9).
 */
export class ContextCall<T> extends Promise<T> {
  observed = false

  // `then` is also what await, Promise.all, catch and finally go through.
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.observed = true
    return super.then(onFulfilled, onRejected)
  }

  /** Follows the outcome without counting as the author's attention. */
  watch(onFulfilled: () => void, onRejected: (reason: unknown) => void): void {
    super.then(onFulfilled, onRejected)
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }
}

/** Runs `start` so that even its synchronous errors arrive as a rejection, and lets the attempt wait for it. */
export function contextCall<T>(attempt: RunningAttempt | undefined, start: () => Promise<T>): Promise<T> {
  const place = callPlace()
  const call = new ContextCall<T>((resolve, reject) => {
    const fail = (error: unknown): void => reject(error instanceof CoreError ? error.raisedAt(place.stack) : error)
    try {
      start().then(resolve, fail)
    } catch (error) {
      fail(error)
    }
  })
  return attempt === undefined ? call : attempt.track(call)
}

/** Frames kept of a call: this runtime's few and the author's first. Every context call pays for them. */
const KEPT_FRAMES = 6

/** Where the author made the call: when the core's answer comes, these frames are gone. */
function callPlace(): { stack: string } {
  const limit = Error.stackTraceLimit
  const place = { stack: '' }
  Error.stackTraceLimit = Math.min(limit, KEPT_FRAMES)
  Error.captureStackTrace(place, contextCall)
  Error.stackTraceLimit = limit
  return place
}
