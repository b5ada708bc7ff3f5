/**
 * State and streams share one rule for their arguments (STA-17, STR-10): how many were passed decides the form, and the
 * group may be left out. So `get(key, undefined)` fails instead of reading a group called "undefined".
 */
export const DEFAULT_GROUP = 'default'

export function nameArgument(value: unknown, argument: string, method: string): string {
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  const given =
    value === ''
      ? 'an empty string'
      : value === null || value === undefined
        ? String(value)
        : `a value of type ${Array.isArray(value) ? 'array' : typeof value}`
  throw new TypeError(`${method}: ${argument} must be a non-empty string, not ${given}`)
}

/** `[group, key]` of `method(key)` or `method(group, key)`. */
export function groupAndKey(args: unknown[], method: string, keyName = 'key'): [string, string] {
  if (args.length === 1) return [DEFAULT_GROUP, nameArgument(args[0], keyName, method)]
  if (args.length === 2) return [nameArgument(args[0], 'group', method), nameArgument(args[1], keyName, method)]
  throw new TypeError(`${method} takes (${keyName}) or (group, ${keyName}), not ${args.length} arguments`)
}

/** `[group, key, value]` of `method(key, value)` or `method(group, key, value)`. */
export function groupKeyValue(args: unknown[], method: string, valueName: string, keyName = 'key'): [string, string, unknown] {
  if (args.length === 2) return [DEFAULT_GROUP, nameArgument(args[0], keyName, method), args[1]]
  if (args.length === 3) return [nameArgument(args[0], 'group', method), nameArgument(args[1], keyName, method), args[2]]
  throw new TypeError(
    `${method} takes (${keyName}, ${valueName}) or (group, ${keyName}, ${valueName}), not ${args.length} arguments`,
  )
}

/** The group of `method(group)` or `method()`. */
export function onlyGroup(args: unknown[], method: string): string {
  if (args.length === 0) return DEFAULT_GROUP
  if (args.length === 1) return nameArgument(args[0], 'group', method)
  throw new TypeError(`${method} takes (group) or nothing, not ${args.length} arguments`)
}
