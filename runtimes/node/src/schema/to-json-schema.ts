/** The JSON Schema that describes a live schema, for documents, types and the Workbench (SCH-13). */
import { createRequire } from 'node:module'
import type { JsonSchema } from '../author/types/schema.js'
import { LIVE_SCHEMA } from './live.js'
import { zod3ToJsonSchema } from './zod3-to-json-schema.js'

/** What goes into a schema may differ from what comes out (defaults): callers are told what goes in. */
const OPTIONS = { io: 'input', unrepresentable: 'any' } as const

/** Null when there is no way to describe it; it still validates. `from` is the file whose packages may be asked. */
export function toJsonSchema(schema: any, from?: string): JsonSchema | null {
  if (schema?.[LIVE_SCHEMA] !== undefined) return plain(schema)
  for (const describe of [describesItself, byItsZodPackage, byStandardJsonSchema, byOwnReading]) {
    try {
      const json = describe(schema, from)
      if (json !== null && json !== undefined) return plain(json)
    } catch {
      // A schema with a part that JSON Schema cannot express: the next way may be more lenient.
    }
  }
  return null
}

function describesItself(schema: any): JsonSchema | null {
  return typeof schema.toJSONSchema === 'function' ? schema.toJSONSchema(OPTIONS) : null
}

function byStandardJsonSchema(schema: any): JsonSchema | null {
  return schema['~standard']?.jsonSchema?.input?.({ target: 'draft-2020-12' }) ?? null
}

/** Zod 4 before it could describe its own schemas: the project's copy has the function. */
function byItsZodPackage(schema: any, from: string | undefined): JsonSchema | null {
  if (schema._zod === undefined || from === undefined) return null
  const require = createRequire(from)
  for (const name of ['zod', 'zod/v4', '@zod/mini', 'zod/v4/core']) {
    try {
      const zod = require(name)
      const convert = zod.toJSONSchema ?? zod.z?.toJSONSchema
      if (typeof convert === 'function') return convert(schema, OPTIONS)
    } catch {
      // Not installed under this name.
    }
  }
  return null
}

function byOwnReading(schema: any): JsonSchema | null {
  return typeof schema._def?.typeName === 'string' ? zod3ToJsonSchema(schema) : null
}

function plain(json: unknown): JsonSchema {
  return JSON.parse(JSON.stringify(json))
}
