/** Runs the handler of an attempt: condition, validation, arguments (section HND of the author's reference). */
import type { Attempt } from './attempt.js'
import { Refusal } from './errors.js'
import { withBothSpellings, withDataAlias } from './input-alias.js'
import { type PlainResponse, readResult } from './http-result.js'
import { withMiddleware } from './middleware.js'
import { MotiaRequest } from './request.js'
import type { RequestPart } from './step-plan.js'
import { validateInput, validateRequest, validationResponse } from './validation.js'

const CONDITION_NOT_MET = { error: 'Request condition not met', skipped: true }

/** The raw result of the attempt's handler; sync when nothing in it is async. */
export function invoke(attempt: Attempt): unknown {
  return attempt.triggerType === 'http' ? invokeHttp(attempt) : invokeOther(attempt)
}

function invokeHttp(attempt: Attempt): unknown {
  const request = new MotiaRequest(attempt)
  attempt.input = request
  const { middleware, condition, httpSchemas } = attempt.plan
  const checks = checksOf(attempt)
  const innermost = (input: any): unknown => {
    attempt.input = input
    return condition || httpSchemas || checks ? guarded(attempt, input, checks) : callHandler(attempt, input)
  }
  if (middleware.length === 0) return innermost(request)
  return withMiddleware(middleware, attempt.context, innermost, openResponse)(request)
}

/** What `next()` gives to middleware: the response in parts that may be changed. */
function openResponse(result: unknown): PlainResponse {
  const { status, headers, body } = readResult(result)
  return { status, headers: { ...headers }, body }
}

/** The parts that the core judges; nobody is asked about requests started by hand. */
function checksOf({ header, step }: Attempt): RequestPart[] | undefined {
  return header.kind === 'http' ? step.binding.checks?.[header.trigger ?? 0] : undefined
}

async function guarded(attempt: Attempt, request: MotiaRequest, checks: RequestPart[] = []): Promise<unknown> {
  const { condition, httpSchemas } = attempt.plan
  if (condition && (await condition(request, attempt.context)) === false) return { status: 422, body: CONDITION_NOT_MET }
  if (httpSchemas || checks.length > 0) {
    const issues = await validateRequest(attempt, request, httpSchemas, checks)
    if (issues.length > 0) return validationResponse(issues)
  }
  return callHandler(attempt, request)
}

function invokeOther(attempt: Attempt): unknown {
  attempt.input = readInput(attempt)
  const { middleware, condition, inputSchema } = attempt.plan
  const innermost = (input: unknown): unknown => {
    attempt.input = input
    return condition || (inputSchema && attempt.body.length > 0)
      ? checked(attempt, input)
      : callHandler(attempt, aliased(attempt, input))
  }
  if (middleware.length === 0) return innermost(attempt.input)
  return withMiddleware(middleware, attempt.context, innermost, (result) => result)(attempt.input)
}

async function checked(attempt: Attempt, input: unknown): Promise<unknown> {
  const { condition, inputSchema } = attempt.plan
  // The alias goes on a copy: a schema with an optional `data` must not see it.
  const seen = inputSchema && isPlainObject(input) ? { ...input } : input
  if (condition && (await condition(aliased(attempt, seen), attempt.context)) === false) return undefined
  const valid = inputSchema ? await validateInput(attempt, input, inputSchema) : input
  return callHandler(attempt, (attempt.input = aliased(attempt, valid)))
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readInput({ body, triggerType }: Attempt): unknown {
  if (triggerType === 'cron' || body.length === 0) return null
  const input = JSON.parse(body.toString())
  return triggerType === 'state' || triggerType === 'stream' ? withBothSpellings(input) : input
}

function aliased({ triggerType }: Attempt, input: unknown): unknown {
  return triggerType === 'queue' || triggerType === 'manual' ? withDataAlias(input) : input
}

/** Arguments by kind, form and the number of declared parameters (HND-1 to HND-3). */
function callHandler(attempt: Attempt, input: unknown): unknown {
  const { handler, form, parameters, binding } = attempt.step
  if (handler === null) throw new Refusal('no-handler', `${binding.name} has no handler`)
  if (form === 'triggers') return handler(input, attempt.context)
  if (parameters === 0) return handler()
  if (parameters > 1) return handler(input, attempt.context)
  return handler(attempt.triggerType === 'cron' ? attempt.context : input)
}
