/**
 * Live schemas: objects that can judge a value themselves. Zod 3 and 4 and everything else that implements Standard
 * Schema v1 are spoken to through that interface, older Zod through `safeParse`.
 */
import { keepUnknownKeys } from './keep-unknown-keys.js'

export interface Issue {
  /** Dotted; empty for the whole value. */
  path: string
  message: string
  /** The type that was wanted, when the type is what is wrong. */
  expected?: string
  /** Keys the schema forbids. */
  unknownKeys?: string[]
}

export type Verdict = { ok: true; value: unknown } | { ok: false; issues: Issue[] }

/** Where a schema made by `jsonSchema()` keeps the live one. */
export const LIVE_SCHEMA = Symbol.for('motia.schema.live')

/** The live schema `value` is or carries (a result of `jsonSchema()`), else undefined. */
export function liveSchema(value: any): any {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  if (typeof value['~standard']?.validate === 'function') return value
  if (typeof value.safeParse === 'function' && value._def !== undefined) return value
  return value[LIVE_SCHEMA] === undefined ? undefined : liveSchema(value[LIVE_SCHEMA])
}

/** Validates; the value of a success is the parsed one, with the unknown keys the schema did not forbid (SCH-9). */
export function validateLive(schema: any, input: unknown): Verdict | Promise<Verdict> {
  const standard = schema['~standard']
  const result = standard ? standard.validate(input) : schema.safeParse(input)
  if (typeof result?.then === 'function') return result.then((settled: any) => verdict(schema, input, settled))
  return verdict(schema, input, result)
}

function verdict(schema: any, input: unknown, result: any): Verdict {
  const issues = result.issues ?? result.error?.issues
  if (issues?.length) return { ok: false, issues: issues.map(toIssue) }
  const value = 'data' in result ? result.data : result.value
  return { ok: true, value: keepUnknownKeys(schema, input, value) }
}

function toIssue(issue: any): Issue {
  const path = (issue.path ?? []).map((part: any) => String(typeof part === 'object' && part !== null ? part.key : part))
  const read: Issue = { path: path.join('.'), message: String(issue.message ?? 'invalid') }
  if (issue.code === 'invalid_type' && issue.expected !== undefined) read.expected = String(issue.expected)
  if (issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)) read.unknownKeys = issue.keys.map(String)
  return read
}
