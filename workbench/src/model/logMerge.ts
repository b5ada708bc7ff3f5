// What was fetched and what arrived since, as one list without doubles.
import type { LogRecord } from './types'

/** Newest first, at most `most`. Ids sort by time, so a late arrival finds its place. */
export function mergeLogs(known: LogRecord[], arrived: LogRecord[], most: number): LogRecord[] {
  if (arrived.length === 0) return known.slice(0, most)
  const byId = new Map<string, LogRecord>()
  for (const each of [...arrived, ...known]) byId.set(each.id, each)
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)).slice(0, most)
}

/** One line per record, as `motia logs --json` prints them. */
export const asJsonLines = (logs: LogRecord[]) => logs.map((each) => JSON.stringify(each)).join('\n') + '\n'
