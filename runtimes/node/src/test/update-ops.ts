/** The operations of `state.update` (STA-12), for state that is in memory: in order, all or nothing. */
type Op = Record<string, any>

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

export function applyOps(value: unknown, ops: readonly Op[]): unknown {
  const box: Record<string, any> = { root: structuredClone(value) }
  for (const op of ops) apply(box, op)
  return box.root
}

function apply(box: Record<string, any>, op: Op): void {
  const path = ['root', ...partsOf(op.path ?? '')]
  const last = path.pop()!
  let holder: any = box
  for (const part of path) {
    holder[part] ??= {}
    holder = holder[part]
    if (typeof holder !== 'object') throw new Error(`update: "${part}" is ${kindOf(holder)} and holds nothing`)
  }
  const before = holder[last]
  switch (op.type) {
    case 'set':
      holder[last] = op.value
      return
    case 'remove':
      delete holder[last]
      return
    case 'merge':
      if (!isObject(op.value) || (before !== undefined && before !== null && !isObject(before)))
        throw new Error(`update: merge needs objects, not ${kindOf(before)} and ${kindOf(op.value)}`)
      holder[last] = merged(before ?? {}, op.value)
      return
    case 'increment':
    case 'decrement': {
      const by = op.by ?? op.value ?? 1
      if (typeof by !== 'number' || typeof (before ?? 0) !== 'number')
        throw new Error(`update: ${op.type} needs numbers, not ${kindOf(before)} and ${kindOf(by)}`)
      holder[last] = (before ?? 0) + (op.type === 'increment' ? by : -by)
      return
    }
    case 'append':
      if (before !== undefined && before !== null && !Array.isArray(before))
        throw new Error(`update: append needs an array, not ${kindOf(before)}`)
      holder[last] = [...(before ?? []), op.value]
      return
    default:
      throw new Error(`update: there is no operation ${JSON.stringify(op.type)}`)
  }
}

function partsOf(path: unknown): string[] {
  const parts = Array.isArray(path) ? path.map(String) : path === '' ? [] : String(path).split('.')
  const wrong = parts.find((part) => FORBIDDEN.has(part))
  if (wrong !== undefined) throw new Error(`update: a path may not contain ${wrong}`)
  return parts
}

function merged(current: Record<string, any>, addition: Record<string, any>): Record<string, any> {
  const result = { ...current }
  for (const [key, value] of Object.entries(addition))
    result[key] = isObject(value) && isObject(result[key]) ? merged(result[key], value) : value
  return result
}

function isObject(value: unknown): value is Record<string, any> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}
