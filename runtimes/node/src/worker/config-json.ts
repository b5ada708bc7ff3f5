/** A config as JSON, with markers for what JSON cannot hold: live schemas and functions. */
import { liveSchema } from '../schema/live.js'
import { toJsonSchema } from '../schema/to-json-schema.js'

/** A value in a config that cannot leave the worker. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** `file` is the Step's own file: its packages may be needed to describe its schemas. */
export function configToJson(config: object, file: string): unknown {
  return describe(config, { path: 'config', ancestors: [], lenient: false, file })
}

interface Place {
  path: string
  ancestors: object[]
  /** Inside a response schema anything may stand: projects write sample objects there (SCH-1). */
  lenient: boolean
  file: string
}

function describe(value: unknown, place: Place): unknown {
  const live = liveSchema(value)
  if (live !== undefined) return { $motia: 'schema', live: true, json: toJsonSchema(value, place.file) }
  switch (typeof value) {
    case 'function':
      return { $motia: 'function', name: value.name }
    case 'string':
    case 'boolean':
    case 'undefined':
      return value
    case 'number':
      return Number.isFinite(value) ? value : refuse(String(value), place)
    case 'bigint':
    case 'symbol':
      return refuse(`a ${typeof value}`, place)
  }
  return value === null ? null : describeObject(value as object, place)
}

function describeObject(value: object, place: Place): unknown {
  if (value instanceof Date) return value.toISOString()
  if (place.ancestors.includes(value)) return refuse('a reference to an object around it', place)
  if (value instanceof Map || value instanceof Set || value instanceof RegExp || ArrayBuffer.isView(value)) {
    return refuse(`a ${value.constructor.name}`, place)
  }
  const inner = (key: string, item: unknown) =>
    describe(item, {
      path: Array.isArray(value) ? `${place.path}[${key}]` : `${place.path}.${key}`,
      ancestors: [...place.ancestors, value],
      lenient: place.lenient || key === 'responseSchema' || key === 'response_schema',
      file: place.file,
    })
  if (Array.isArray(value)) return value.map((item, index) => inner(String(index), item) ?? null)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(key, item)]))
}

function refuse(what: string, place: Place): null {
  if (place.lenient) return null
  throw new ConfigError(`${place.path} is ${what}; a config holds JSON values, schemas and functions`)
}
