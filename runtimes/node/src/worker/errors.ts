import { inspect } from 'node:util'
import { trimStack } from '../author/error-fields.js'

/** The `error` of a `failed` frame. */
export interface FailureFields {
  name: string
  message: string
  stack?: string
  code?: string | number
  retryable?: boolean
}

/** Anything may be thrown; what is not an error is described as text. */
export function failureFields(thrown: unknown): FailureFields {
  if (!(thrown instanceof Error))
    return { name: 'Error', message: typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 3 }) }
  const fields: FailureFields = { name: String(thrown.name), message: String(thrown.message), stack: fullStack(thrown, 0) }
  const { code, retryable } = thrown as { code?: unknown; retryable?: unknown }
  if (typeof code === 'string' || typeof code === 'number') fields.code = code
  if (retryable === false) fields.retryable = false
  return fields
}

/** The stack with those of the causes below it. */
function fullStack(error: Error, depth: number): string {
  const stack = trimStack(String(error.stack ?? `${error.name}: ${error.message}`))
  if (!(error.cause instanceof Error) || depth === 4) return stack
  return `${stack}\nCaused by: ${fullStack(error.cause, depth + 1)}`
}

/** Why an attempt failed, when it was not the handler that threw. */
export class Refusal extends Error {
  readonly reason: 'invalid-input' | 'no-handler'
  readonly retryable = false

  constructor(reason: 'invalid-input' | 'no-handler', message: string) {
    super(message)
    this.name = reason === 'invalid-input' ? 'ValidationError' : 'NoHandlerError'
    this.reason = reason
  }
}
