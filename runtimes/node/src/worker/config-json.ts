/** A config as JSON, with markers for what JSON cannot hold: live schemas and functions. */
import { liveSchema } from '../schema/live.js'
import { toJsonSchema } from '../schema/to-json-schema.js'

/** A value in a config that cannot leave the worker. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  /** Where it stands, outermost key first. */
  readonly keys: string[]

  constructor(message: string, keys: string[]) {
    super(message)
    this.keys = keys
  }
}

/** What one kind of config says in its own way. */
export interface Dialect {
  /** Packages of this file may be needed to describe its schemas. */
  file: string
  /** Under these keys anything may stand; what cannot leave becomes null. */
  lenientKeys: Set<string>
  functionName(value: { name: string }, keys: string[]): string
  /** What stands for an object that has a meaning of its own. */
  substitute?(value: object, keys: string[], lenient: boolean): { json: unknown } | undefined
}

/** The config of a Step; `file` is the Step's own. */
export function configToJson(config: object, file: string): unknown {
  // Projects write sample objects into response schemas (SCH-1).
  const lenientKeys = new Set(['responseSchema', 'response_schema'])
  return toConfigJson(config, { file, lenientKeys, functionName: ({ name }) => name })
}

export function toConfigJson(config: object, dialect: Dialect): unknown {
  return describe(config, { keys: [], path: 'config', ancestors: [], lenient: false, dialect, budget: { left: MOST_IN_ALL } })
}

interface Place {
  keys: string[]
  /** The same for people: `config.triggers[0].path`. */
  path: string
  ancestors: object[]
  lenient: boolean
  dialect: Dialect
  budget: { left: number }
}

/** No config written by hand comes near these; a client or a data set that got into one does. */
const MOST_MEMBERS = 100_000
const MOST_CHARACTERS = 1_000_000
const DEEPEST = 200
/** Characters, roughly: all of it goes into one frame header. */
const MOST_IN_ALL = 4_000_000

function describe(value: unknown, place: Place): unknown {
  const live = liveSchema(value)
  if (live !== undefined) return { $motia: 'schema', live: true, json: toJsonSchema(value, place.dialect.file) }
  place.budget.left -= typeof value === 'string' ? value.length : 8
  if (place.budget.left < 0) throw tooLarge(place)
  switch (typeof value) {
    case 'function':
      return { $motia: 'function', name: place.dialect.functionName(value, place.keys) }
    case 'string':
      return value.length > MOST_CHARACTERS ? refuse(`a text of ${value.length} characters`, place) : value
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
  const { dialect, keys, ancestors } = place
  if (value instanceof Date) return value.toISOString()
  const substitute = dialect.substitute?.(value, keys, place.lenient)
  if (substitute) return substitute.json
  if (ancestors.includes(value)) return refuse('a reference to an object around it', place)
  if (value instanceof Map || value instanceof Set || value instanceof RegExp || ArrayBuffer.isView(value)) {
    return refuse(`a ${value.constructor.name}`, place)
  }
  if (ancestors.length === DEEPEST) return refuse(`nested in more than ${DEEPEST} objects`, place)
  const isList = Array.isArray(value)
  const names = isList ? undefined : Object.keys(value)
  const count = isList ? value.length : names!.length
  if (count > MOST_MEMBERS) return refuse(`${isList ? 'a list' : 'an object'} of ${count} values`, place)
  const inner = (key: string, item: unknown) =>
    describe(item, {
      keys: [...keys, key],
      path: isList ? `${place.path}[${key}]` : `${place.path}.${key}`,
      ancestors: [...ancestors, value],
      lenient: place.lenient || dialect.lenientKeys.has(key),
      dialect,
      budget: place.budget,
    })
  if (isList) return value.map((item, index) => inner(String(index), item) ?? null)
  return Object.fromEntries(names!.map((key) => [key, inner(key, (value as Record<string, unknown>)[key])]))
}

function tooLarge({ path, keys }: Place): ConfigError {
  return new ConfigError(`${path} makes the config larger than ${MOST_IN_ALL} characters`, keys)
}

function refuse(what: string, place: Place): null {
  if (place.lenient) return null
  throw new ConfigError(`${place.path} is ${what}; a config holds JSON values, schemas and functions`, place.keys)
}
