/** One worker runs many attempts: none of them may end it, or keep it alive after the core has gone. */
import { type RunningAttempt, areStepsLoading, connectedCore, currentAttempt } from '../author/runtime.js'
import { failureFields } from './errors.js'

/** Ends the worker; the author's `process.exit` does not. */
export const exitWorker: (status?: number) => never = process.exit.bind(process)

export function guardProcess(): void {
  process.exit = exitUnlessInStep as typeof process.exit
  process.on('unhandledRejection', (reason) => report('Unhandled rejection', reason))
  process.on('uncaughtException', (error) => report('Uncaught exception', error))
  // Ctrl-C reaches the whole terminal: the core hears it too and ends its workers in order.
  process.on('SIGINT', () => {})
  describeRetriesOnErrors()
}

/** Signal handlers and code that belongs to no Step may end the process. */
function exitUnlessInStep(code?: number): never {
  if (currentAttempt() === undefined && !areStepsLoading()) exitWorker(code)
  throw new Error(
    `process.exit(${code === undefined ? '' : String(code)}) was called: a Step cannot end the worker that other Steps run in; throw or return instead`,
  )
}

function report(what: string, thrown: unknown): void {
  const attempt: RunningAttempt | undefined = currentAttempt()
  const { name, message, stack, code } = failureFields(thrown)
  const core = connectedCore()
  if (core) core.log('error', `${what}: ${message}`, { name, message, stack, code }, 'logger', attempt)
  else process.stderr.write(`${what}: ${stack ?? message}\n`)
}

/** `error.retryCount` inside an attempt: how many attempts have failed, including this one (EVT-23). */
function describeRetriesOnErrors(): void {
  Object.defineProperty(Error.prototype, 'retryCount', {
    get: () => currentAttempt()?.number,
    set(value) {
      Object.defineProperty(this, 'retryCount', { value, enumerable: true, configurable: true, writable: true })
    },
    enumerable: false,
    configurable: true,
  })
}
