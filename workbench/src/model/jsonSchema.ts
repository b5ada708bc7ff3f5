// From a JSON Schema to a first value and to the fields of a form.
import type { JsonSchema, JsonValue } from './types'

const DEEPEST = 8

/** A value that fits the schema as far as it can be guessed. */
export function sample(schema: JsonSchema, root: JsonSchema = schema, depth = 0): JsonValue {
  const plain = resolved(schema, root)
  if (plain.default !== undefined) return plain.default
  if (plain.const !== undefined) return plain.const
  const first = plain.examples?.[0] ?? plain.enum?.[0]
  if (first !== undefined) return first
  if (depth > DEEPEST) return null
  switch (typeOf(plain)) {
    case 'object':
      return Object.fromEntries(
        Object.entries(plain.properties ?? {}).map(([name, each]) => [name, sample(each, root, depth + 1)]),
      )
    case 'array':
      return plain.items ? [sample(plain.items, root, depth + 1)] : []
    case 'integer':
    case 'number':
      return plain.minimum ?? 0
    case 'boolean':
      return false
    case 'string':
      return SAMPLE_TEXTS[plain.format ?? ''] ?? ''
    default:
      return null
  }
}

const SAMPLE_TEXTS: Record<string, string> = {
  email: 'ada@example.com',
  uri: 'https://example.com',
  url: 'https://example.com',
  uuid: '3f333df6-90a4-4fda-8dd3-9485d27cee36',
  date: '2030-01-31',
  'date-time': '2030-01-31T12:00:00Z',
}

/** The schema with its reference followed and its alternatives decided: the first that is not null. */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema
  for (let hops = 0; current.$ref && hops < DEEPEST; hops += 1) {
    const target = current.$ref.replace(/^#\/?/, '').split('/').filter(Boolean)
    current =
      (target.reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], root) as
        JsonSchema | undefined) ?? {}
  }
  const alternatives = current.anyOf ?? current.oneOf
  if (alternatives) return resolved(alternatives.find((each) => each.type !== 'null') ?? {}, root)
  if (current.allOf) {
    const parts = current.allOf.map((each) => resolved(each, root))
    return {
      ...current,
      type: 'object',
      properties: Object.assign({}, current.properties, ...parts.map((each) => each.properties)) as Record<string, JsonSchema>,
      required: [...(current.required ?? []), ...parts.flatMap((each) => each.required ?? [])],
    }
  }
  return current
}

export function typeOf(schema: JsonSchema): string | undefined {
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== 'null') : schema.type
  return type ?? (schema.properties ? 'object' : schema.items ? 'array' : undefined)
}

export type FormField = {
  name: string
  kind: 'text' | 'number' | 'boolean' | 'choice' | 'json'
  required: boolean
  description?: string
  choices?: JsonValue[]
  integer?: boolean
}

/** The fields of an object's form; null when the schema is not of an object with known properties. Nested values are JSON. */
export function formFields(schema: JsonSchema): FormField[] | null {
  const plain = resolved(schema, schema)
  if (typeOf(plain) !== 'object' || !plain.properties || Object.keys(plain.properties).length === 0) return null
  return Object.entries(plain.properties).map(([name, each]) =>
    field(name, resolved(each, schema), plain.required?.includes(name) ?? false),
  )
}

function field(name: string, schema: JsonSchema, required: boolean): FormField {
  const base = { name, required, ...(schema.description ? { description: schema.description } : {}) }
  if (schema.enum) return { ...base, kind: 'choice', choices: schema.enum }
  const type = typeOf(schema)
  if (type === 'string') return { ...base, kind: 'text' }
  if (type === 'boolean') return { ...base, kind: 'boolean' }
  if (type === 'integer' || type === 'number') return { ...base, kind: 'number', integer: type === 'integer' }
  return { ...base, kind: 'json' }
}
