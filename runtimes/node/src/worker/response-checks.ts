/** Whether responses are what their Step's `responseSchema` says (SCH-10). A help while developing: nothing is refused. */
import { liveSchema, validateLive } from '../schema/live.js'
import type { Attempt } from './attempt.js'
import { environmentName } from './environment.js'
import type { EncodedResponse } from './http-result.js'

/** Live schemas by `200`, `4xx` or `default`. */
export type ResponseSchemas = Record<string, any>

/** Statuses of a schema that stands for itself (CFG-22). */
const SUCCESS = '2xx'

/** Undefined when there is nothing that this worker could check. */
export function responseSchemas(given: any): ResponseSchemas | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const byStatus = liveSchema(given) === undefined ? given : { [SUCCESS]: given }
  const live = Object.entries(byStatus).filter(([, schema]) => liveSchema(schema) !== undefined)
  return live.length === 0 ? undefined : Object.fromEntries(live.map(([key, schema]) => [key.toLowerCase(), liveSchema(schema)]))
}

/** Step and status that were warned of. */
const warned = new Set<string>()

/** Warns of a response that does not fit, once per Step and status. */
export async function checkResponse(attempt: Attempt, schemas: ResponseSchemas, response: EncodedResponse): Promise<void> {
  const { status } = response
  const schema = schemas[status] ?? schemas[`${Math.floor(status / 100)}xx`] ?? schemas.default
  const subject = `${attempt.step.entry}\0${status}`
  if (schema === undefined || warned.has(subject) || environmentName() === 'production') return
  try {
    const value = valueOf(response)
    if (value === undefined) return
    const verdict = await validateLive(schema, value)
    if (verdict.ok) return
    warned.add(subject)
    const issues = verdict.issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
    attempt.context.logger.warn(
      `the response ${status} of '${attempt.step.binding.name}' does not fit its responseSchema: ${issues}`,
    )
  } catch {
    // A schema that cannot judge says nothing.
  }
}

/** The body as its reader sees it; undefined when there is none to judge. */
function valueOf({ status, headers, body }: EncodedResponse): unknown {
  if (typeof body !== 'string' || status === 204 || status === 304) return undefined
  return /\bjson\b/i.test(String(headers['content-type'])) ? JSON.parse(body) : body
}
