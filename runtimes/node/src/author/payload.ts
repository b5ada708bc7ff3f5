/**
 * Which JavaScript values may cross a boundary as JSON (GEN-3), and how. Plain JSON data takes the fast path: one walk that
 * changes nothing, then `JSON.stringify`. Anything else is rebuilt value by value, so that an error can name its path.
 */
import { describeError } from './error-fields.js'

/** Deeper data is looked at by the slow path, which notices cycles. */
const FAST_DEPTH = 40

/** JSON text of `value`; `what` names the value in error messages ("emit data", "state value"). */
export function encodePayload(value: unknown, what: string): string {
  if (value === undefined) return 'null'
  if (isPlain(value, 0)) return JSON.stringify(value)
  return JSON.stringify(toJson(value, what, [])) ?? 'null'
}

function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object':
      return value === null || (depth < FAST_DEPTH && isPlainObject(value, depth))
    default:
      return false
  }
}

function isPlainObject(value: object, depth: number): boolean {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (!isPlain(value[index], depth + 1)) return false
    return true
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return false
  for (const key of Object.keys(value)) if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false
  return true
}

/** `path` starts with the name of the whole value; `ancestors` are the objects around this one. */
function toJson(value: unknown, path: string, ancestors: object[]): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw notJson(String(value), path)
      return value
    case 'bigint':
      throw notJson('a BigInt', path, 'convert it with Number() or String()')
    case 'symbol':
    case 'function':
      throw notJson(`a ${typeof value}`, path)
  }
  if (value === null || value === undefined) return null
  if (ancestors.includes(value)) throw notJson('a reference to an object around it', path)
  return objectToJson(value, path, [...ancestors, value])
}

function objectToJson(value: object, path: string, ancestors: object[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => toJson(item, `${path}[${index}]`, ancestors) ?? null)
  if (value instanceof Error) return toJson(describeError(value), path, ancestors)
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw notJson('an invalid Date', path)
    return value.toISOString()
  }
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    return toJson((value as { toJSON(key: string): unknown }).toJSON(''), path, ancestors)
  }
  if (value instanceof String || value instanceof Number || value instanceof Boolean)
    return toJson(value.valueOf(), path, ancestors)
  const hint = REFUSED.find(([kind]) => value instanceof kind)
  if (hint) throw notJson(`a ${hint[0].name}`, path, hint[1])
  if (ArrayBuffer.isView(value)) throw notJson(`a ${value.constructor.name}`, path, 'use an array or a base64 string')
  const result: Record<string, unknown> = {}
  for (const key of Object.keys(value))
    defineKey(result, key, toJson((value as Record<string, unknown>)[key], `${path}.${key}`, ancestors))
  return result
}

const REFUSED: [new (...args: any[]) => object, string][] = [
  [Map, 'use Object.fromEntries(map)'],
  [Set, 'use [...set]'],
  [WeakMap, ''],
  [WeakSet, ''],
  [Promise, 'await it first'],
  [RegExp, 'use its source'],
  [ArrayBuffer, 'use a base64 string'],
]

function notJson(what: string, path: string, advice = ''): TypeError {
  return new TypeError(`${path} is ${what}, which cannot be sent as JSON${advice ? `: ${advice}` : ''}`)
}

// Plain assignment to "__proto__" would change the prototype instead of adding a key.
function defineKey(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}
