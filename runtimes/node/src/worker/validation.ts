/** Live schemas judge what reaches a handler (SCH-4 to SCH-9). */
import { encodePayload } from '../author/payload.js'
import { coreFor } from '../author/runtime.js'
import { type Issue, validateLive } from '../schema/live.js'
import type { Attempt } from './attempt.js'
import { Refusal } from './errors.js'
import type { EncodedResponse } from './http-result.js'
import type { MotiaRequest } from './request.js'
import type { HttpSchemas, Mode, RequestPart } from './step-plan.js'

const PARTS = [
  ['body', 'body', ''],
  ['query', 'queryParams', 'query'],
  ['params', 'pathParams', 'params'],
  ['headers', 'headers', 'headers'],
] as const

/**
 * The issues that forbid the request; none when it may go on. Parsed values replace the request's parts. `checks` are the parts
 * with a plain JSON Schema, which the core judges.
 */
export async function validateRequest(
  attempt: Attempt,
  request: MotiaRequest,
  schemas: HttpSchemas | undefined,
  checks: RequestPart[],
): Promise<Issue[]> {
  const mode = modeOf(attempt, 'enforce')
  if (mode === 'off') return []
  const parsed: Partial<Record<(typeof PARTS)[number][1], any>> = {}
  const judged = PARTS.map(async ([part, property, prefix]) => {
    const issues: Issue[] = []
    if (schemas?.[part] !== undefined) {
      const verdict = await validateLive(schemas[part], request[property])
      if (verdict.ok) parsed[property] = verdict.value
      else issues.push(...verdict.issues)
    } else if (checks.includes(part)) issues.push(...(await askCore(attempt, part, request[property])))
    return issues.map((issue) => ({ ...issue, path: [prefix, issue.path].filter((text) => text !== '').join('.') }))
  })
  const issues = (await Promise.all(judged)).flat()
  if (issues.length === 0) Object.assign(request, parsed)
  else if (mode === 'warn')
    issues.forEach(({ path, message }) =>
      attempt.context.logger.warn(`Request does not match its schema: ${path || 'body'}: ${message}`),
    )
  return mode === 'enforce' ? issues : []
}

async function askCore(attempt: Attempt, part: RequestPart, value: unknown): Promise<Issue[]> {
  // Bytes are no JSON value of any kind.
  const text = ArrayBuffer.isView(value) ? 'null' : encodePayload(value, `request ${part}`)
  const { entry, trigger = 0 } = attempt.header
  const answer = await coreFor(attempt, 'validation').ask('validate', { entry, trigger, part }, text, attempt)
  return answer.header.issues ?? []
}

export function validationResponse(issues: Issue[]): Omit<EncodedResponse, 'headers' | 'body'> & { body: object } {
  return { status: 400, body: { error: 'Validation failed', details: issues.map(({ path, message }) => ({ path, message })) } }
}

/** The input for the handler: parsed when the mode is `enforce`, untouched otherwise (SCH-8). */
export async function validateInput(attempt: Attempt, input: unknown, schema: any): Promise<unknown> {
  const mode = modeOf(attempt, 'warn')
  if (mode === 'off') return input
  const verdict = await validateLive(schema, mode === 'warn' && mayChangeItsInput(schema) ? structuredClone(input) : input)
  if (verdict.ok) return mode === 'enforce' ? verdict.value : input
  if (mode === 'enforce')
    throw new Refusal('invalid-input', `The input does not match the Step's schema: ${verdict.issues.map(describe).join('; ')}`)
  attempt.context.logger.warn(warning(attempt.header.topic ?? attempt.step.binding.name, input, verdict.issues))
  return input
}

/** With `warn` the handler gets what was sent. Zod never writes to what it is given; others might. */
function mayChangeItsInput(schema: any): boolean {
  return schema._zod === undefined && schema._def === undefined
}

function modeOf({ plan, step }: Attempt, otherwise: Mode): Mode {
  return plan.mode ?? step.binding.validation ?? otherwise
}

function describe({ path, message }: Issue): string {
  return path === '' ? message : `${path}: ${message}`
}

function warning(topic: string, input: unknown, issues: Issue[]): string {
  const missing: string[] = []
  const extra: string[] = []
  const mismatches: string[] = []
  for (const issue of issues) {
    if (issue.unknownKeys)
      extra.push(...issue.unknownKeys.map((key) => [issue.path, key].filter((text) => text !== '').join('.')))
    else if (issue.path !== '' && valueAt(input, issue.path) === undefined) missing.push(issue.path)
    else
      mismatches.push(
        `${issue.path === '' ? 'Payload' : `Field "${issue.path}"`}: ${issue.expected ? `must be ${issue.expected}` : issue.message}`,
      )
  }
  return [
    `⚠ [WARNING] Emit ${topic} validation issues:`,
    ...(missing.length > 0 ? [`│ ⚠ Missing fields: ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`│ ⚠ Extra fields: ${extra.join(', ')}`] : []),
    ...(mismatches.length > 0 ? [`│ ⚠ Type mismatches: ${mismatches.join(', ')}`] : []),
    '└─ Payload does not match schema.',
  ].join('\n')
}

function valueAt(value: any, path: string): unknown {
  return path.split('.').reduce((inner, key) => inner?.[key], value)
}
