/** Zod 3 carries no JSON Schema conversion. This one covers its types; what it does not know becomes "anything". */
import type { JsonSchema } from '../author/types/schema.js'

type Json = Record<string, unknown>

export function zod3ToJsonSchema(schema: any): JsonSchema {
  const json = CONVERSIONS[schema._def.typeName]?.(schema._def) ?? {}
  return schema._def.description ? { ...json, description: schema._def.description } : json
}

const convert = (schema: any): Json => zod3ToJsonSchema(schema) as Json

const CONVERSIONS: Record<string, (def: any) => Json> = {
  ZodString: (def) => Object.assign({ type: 'string' }, ...def.checks.map(stringCheck)),
  ZodNumber: (def) =>
    Object.assign(
      { type: def.checks.some((check: any) => check.kind === 'int') ? 'integer' : 'number' },
      ...def.checks.map(numberCheck),
    ),
  ZodBoolean: () => ({ type: 'boolean' }),
  ZodNull: () => ({ type: 'null' }),
  ZodDate: () => ({ type: 'string', format: 'date-time' }),
  ZodLiteral: (def) => ({ const: def.value }),
  ZodEnum: (def) => ({ type: 'string', enum: def.values }),
  ZodNativeEnum: (def) => ({ enum: enumValues(def.values) }),
  ZodObject: objectSchema,
  ZodRecord: (def) => ({ type: 'object', additionalProperties: convert(def.valueType) }),
  ZodArray: arraySchema,
  ZodSet: (def) => ({ type: 'array', uniqueItems: true, items: convert(def.valueType) }),
  ZodTuple: (def) => ({
    type: 'array',
    prefixItems: def.items.map(convert),
    minItems: def.items.length,
    items: def.rest ? convert(def.rest) : false,
  }),
  ZodUnion: (def) => ({ anyOf: def.options.map(convert) }),
  ZodDiscriminatedUnion: (def) => ({ oneOf: [...def.options.values()].map(convert) }),
  ZodIntersection: (def) => ({ allOf: [convert(def.left), convert(def.right)] }),
  ZodNullable: (def) => ({ anyOf: [convert(def.innerType), { type: 'null' }] }),
  ZodOptional: (def) => convert(def.innerType),
  ZodDefault: (def) => ({ ...convert(def.innerType), default: def.defaultValue() }),
  ZodCatch: (def) => convert(def.innerType),
  ZodReadonly: (def) => convert(def.innerType),
  ZodBranded: (def) => convert(def.type),
  ZodEffects: (def) => convert(def.schema),
  ZodPipeline: (def) => convert(def.in),
  ZodNever: () => ({ not: {} }),
}

function objectSchema(def: any): Json {
  const shape: Record<string, any> = def.shape()
  const json: Json = {
    type: 'object',
    properties: Object.fromEntries(Object.entries(shape).map(([key, field]) => [key, convert(field)])),
  }
  const required = Object.keys(shape).filter((key) => !isOptional(shape[key]))
  if (required.length > 0) json.required = required
  if (def.unknownKeys === 'strict') json.additionalProperties = false
  else if (def.catchall?._def?.typeName !== 'ZodNever') json.additionalProperties = convert(def.catchall)
  return json
}

function isOptional(schema: any): boolean {
  return (
    ['ZodOptional', 'ZodDefault', 'ZodCatch'].includes(schema._def.typeName) ||
    (typeof schema.isOptional === 'function' && schema.isOptional())
  )
}

function arraySchema(def: any): Json {
  const json: Json = { type: 'array', items: convert(def.type) }
  if (def.minLength) json.minItems = def.minLength.value
  if (def.maxLength) json.maxItems = def.maxLength.value
  if (def.exactLength) json.minItems = json.maxItems = def.exactLength.value
  return json
}

const FORMATS: Record<string, string> = {
  email: 'email',
  url: 'uri',
  uuid: 'uuid',
  datetime: 'date-time',
  date: 'date',
  time: 'time',
  ip: 'ip',
}

function stringCheck(check: any): Json {
  if (check.kind === 'min') return { minLength: check.value }
  if (check.kind === 'max') return { maxLength: check.value }
  if (check.kind === 'length') return { minLength: check.value, maxLength: check.value }
  if (check.kind === 'regex') return { pattern: check.regex.source }
  return FORMATS[check.kind] ? { format: FORMATS[check.kind] } : {}
}

function numberCheck(check: any): Json {
  if (check.kind === 'min') return check.inclusive ? { minimum: check.value } : { exclusiveMinimum: check.value }
  if (check.kind === 'max') return check.inclusive ? { maximum: check.value } : { exclusiveMaximum: check.value }
  return check.kind === 'multipleOf' ? { multipleOf: check.value } : {}
}

// A numeric TypeScript enum also holds its names, as values of its numbers.
function enumValues(values: Record<string, string | number>): (string | number)[] {
  return Object.keys(values)
    .filter((key) => typeof values[values[key]!] !== 'number')
    .map((key) => values[key]!)
}
