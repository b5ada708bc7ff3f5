import { describeError } from './error-fields.js'

const MAX_DEPTH = 12

/** The arguments after the message as one object: objects are merged, other values become `data` (LOG-1). */
export function mergeLogArgs(args: unknown[]): Record<string, unknown> | null {
  if (args.length === 0) return null
  const merged: Record<string, unknown> = {}
  const values: unknown[] = []
  for (const arg of args) {
    if (arg === undefined) continue
    const plain = loggable(arg, [])
    if (typeof plain === 'object' && plain !== null && !Array.isArray(plain)) Object.assign(merged, plain)
    else values.push(plain)
  }
  if (values.length > 0) merged.data = values.length === 1 ? values[0] : values
  return Object.keys(merged).length > 0 ? merged : null
}

/** Anything, as JSON can hold it. Never throws: a log call must not fail a Step. */
export function loggable(value: unknown, ancestors: object[]): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
    case 'symbol':
      return String(value)
    case 'function':
      return `[Function ${value.name || 'anonymous'}]`
  }
  if (value === null || value === undefined) return null
  if (ancestors.includes(value)) return '[Circular]'
  if (ancestors.length >= MAX_DEPTH) return '[Object]'
  try {
    return loggableObject(value, [...ancestors, value])
  } catch (error) {
    return `[Unreadable: ${String(error)}]`
  }
}

function loggableObject(value: object, ancestors: object[]): unknown {
  const inner = (item: unknown) => loggable(item, ancestors)
  if (Array.isArray(value)) return value.map((item) => inner(item) ?? null)
  if (value instanceof Error) return errorFields(value, inner)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), inner(item)]))
  if (value instanceof Set) return [...value].map(inner)
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name} of ${value.byteLength} bytes]`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return inner((value as { toJSON(): unknown }).toJSON())
  return Object.fromEntries(Object.keys(value).map((key) => [key, inner((value as Record<string, unknown>)[key])]))
}

function errorFields(error: Error, inner: (item: unknown) => unknown): Record<string, unknown> {
  const own = Object.fromEntries(Object.keys(error).map((key) => [key, inner((error as any)[key])]))
  const { cause, ...fields } = describeError(error)
  return { ...own, ...fields, ...(cause === undefined ? {} : { cause: inner(cause) }) }
}
