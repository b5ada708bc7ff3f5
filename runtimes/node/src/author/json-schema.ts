import { LIVE_SCHEMA } from '../schema/live.js'
import { toJsonSchema } from '../schema/to-json-schema.js'
import type { InferSchema, StandardSchema, TypedJsonSchema, ZodSchema } from './types/schema.js'

/** The JSON Schema of a Zod (or other Standard Schema) schema, keeping the live schema for validation. */
export function jsonSchema<S extends ZodSchema<any> | StandardSchema<any, any>>(schema: S): TypedJsonSchema<InferSchema<S>> {
  const json = toJsonSchema(schema)
  return Object.defineProperty({ ...(typeof json === 'object' ? json : {}) }, LIVE_SCHEMA, { value: schema }) as TypedJsonSchema<
    InferSchema<S>
  >
}
