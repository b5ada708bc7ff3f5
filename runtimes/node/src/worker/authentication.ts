/** Who is connecting: `streamAuth.authenticate` (STR-30) or `authenticateStream` (STR-31) of the project's config. */
import type { Attempt } from './attempt.js'
import { ConfigError } from './config-json.js'
import { withBothSpellings } from './input-alias.js'
import type { Hook } from './stream-hooks.js'

type Values = Record<string, any>

/**
 * The hook that a config names; what comes later in `sections` wins. A config that names two, or none where it means to name one,
 * is not used: it would let everybody in.
 */
export function authenticationOf(sections: Values[]): Hook | undefined {
  let older: unknown
  let newer: unknown
  let streamAuth: unknown
  for (const section of sections) {
    const given = section.streamAuth ?? section.stream_auth ?? undefined
    if (given !== undefined && typeof given !== 'object')
      throw new ConfigError(`config.streamAuth is a ${typeof given}; write streamAuth: { authenticate }`, ['streamAuth'])
    streamAuth = given ?? streamAuth
    older = given?.authenticate ?? older
    newer = section.authenticateStream ?? section.authenticate_stream ?? newer
  }
  if (older !== undefined && newer !== undefined)
    throw new ConfigError('streamAuth.authenticate and authenticateStream are the same hook; keep one of them', [])
  if (newer !== undefined) return newerHook(functionIn(newer, 'authenticateStream'))
  return streamAuth === undefined ? undefined : olderHook(functionIn(older, 'streamAuth.authenticate'))
}

function functionIn(value: unknown, path: string): (...args: any[]) => unknown {
  if (typeof value === 'function') return value as (...args: any[]) => unknown
  throw new ConfigError(`config.${path} is no function but ${value === undefined ? 'missing' : typeof value}`, path.split('.'))
}

function olderHook(authenticate: (request: unknown) => unknown): Hook {
  return async (attempt) => {
    const { headers, url } = bodyOf(attempt)
    attempt.input = { headers, url }
    const context = await authenticate(attempt.input)
    if (typeof context === 'boolean') {
      throw new TypeError(`streamAuth.authenticate gives the context of the client or null, and throws to refuse; not ${context}`)
    }
    return { context: context ?? null }
  }
}

function newerHook(authenticate: (input: unknown, context: unknown) => unknown): Hook {
  return async (attempt) => {
    const { headers, path, queryParams, ip: addr } = bodyOf(attempt)
    attempt.input = withBothSpellings({ headers, path, queryParams, addr })
    const result: any = await authenticate(attempt.input, attempt.context)
    const authorized = result?.authorized ?? undefined
    const isObject = typeof result === 'object' && result !== null && !Array.isArray(result)
    if (!isObject || (authorized !== undefined && typeof authorized !== 'boolean'))
      throw new TypeError('authenticateStream gives {context} or {authorized: false}')
    return authorized === false ? { denied: true } : { context: result.context ?? null }
  }
}

function bodyOf({ body }: Attempt): Values {
  return JSON.parse(body.toString())
}
