const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds from a number or a text such as `"500ms"`, `"5m"`, `"1.5h"`. */
export function milliseconds(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  const match = typeof value === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$/.exec(value) : null
  if (match === null)
    throw new TypeError(
      `${name} must be milliseconds or a text like "5m", not ${typeof value === 'number' ? value : JSON.stringify(value)}`,
    )
  return Number(match[1]) * UNITS[match[2] ?? 'ms']!
}

/** Epoch milliseconds, from 1970 on, of a Date, an ISO text or a number. */
export function pointInTime(value: unknown, name: string): number {
  const time =
    value instanceof Date
      ? value.getTime()
      : typeof value === 'string'
        ? Date.parse(value)
        : typeof value === 'number'
          ? value
          : NaN
  if (!Number.isFinite(time) || time < 0)
    throw new TypeError(`${name} must be a Date, an ISO 8601 time or epoch milliseconds, from 1970 on`)
  return time
}
