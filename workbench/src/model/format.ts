// Numbers and times as people read them.

/** A duration in microseconds: `840 µs`, `12.3 ms`, `4.51 s`, `3 min 20 s`. */
export function duration(microseconds: number): string {
  if (microseconds < 1000) return `${Math.max(0, Math.round(microseconds))} µs`
  const milliseconds = microseconds / 1000
  if (milliseconds < 1000) return `${milliseconds < 100 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`
  const seconds = milliseconds / 1000
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`
  return span(milliseconds)
}

const UNITS: [name: string, milliseconds: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
]

/** A longer time in milliseconds, in its two largest units: `3 min 20 s`. */
export function span(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds / 1000) * 1000)
  const parts: string[] = []
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size)
    if (count > 0) parts.push(`${count} ${name}`)
    rest -= count * size
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break
  }
  return parts.join(' ') || '0 s'
}

/** How long ago, or in how long: `just now`, `12 s ago`, `in 3 min`. Both are epoch milliseconds. */
export function relative(time: number, now: number): string {
  const away = Math.abs(now - time)
  if (away < 1000) return 'just now'
  const [name, size] = UNITS.find(([, each]) => away >= each) ?? ['s', 1000]
  const text = `${Math.floor(away / size)} ${name}`
  return time > now ? `in ${text}` : `${text} ago`
}

const two = (value: number) => String(value).padStart(2, '0')

/** Time of day with milliseconds, local. */
export function clock(time: number): string {
  const at = new Date(time)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

/** Date and time of day, local. */
export function moment(time: number): string {
  const at = new Date(time)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(time).slice(0, 8)}`
}

export const count = (value: number) => value.toLocaleString('en-US')

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`
  return size < 1024 * 1024 ? `${(size / 1024).toFixed(1)} KiB` : `${(size / 1024 / 1024).toFixed(1)} MiB`
}

export const plural = (value: number, one: string, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`

/** JSON in one line, shortened. */
export function preview(value: unknown, most = 120): string {
  const text = typeof value === 'string' ? value : ((JSON.stringify(value) as string | undefined) ?? '')
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

/** A JavaScript value as JSON type. */
export function jsonType(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
