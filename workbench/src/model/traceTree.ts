// A trace as a tree on a time axis: what caused what, what waited, and which path decided how long it took.
import { preview } from './format'
import type { LogRecord, Span } from './types'

export type TimelineRow = {
  span: Span
  depth: number
  hasChildren: boolean
  /** Microseconds since the start of the trace. */
  offset: number
  length: number
  /** Microseconds in the queue before it began. */
  waited: number
  isCritical: boolean
  logs: number
}

export type Timeline = { rows: TimelineRow[]; start: number; length: number; queued: number }

const RUNS = new Set(['http', 'event', 'cron', 'manual', 'stream', 'hook'])

export const isRun = (span: Span) => RUNS.has(span.kind) && !(span.kind === 'stream' && span.name.includes('.'))

/** `now` (epoch µs) is where spans end that still run; `folded` are the ids of spans whose children are hidden. */
export function timeline(spans: Span[], logs: LogRecord[], now: number, folded: ReadonlySet<string> = new Set()): Timeline {
  if (spans.length === 0) return { rows: [], start: 0, length: 0, queued: 0 }
  const start = Math.min(...spans.map((span) => span.start - waitedBefore(span)))
  const end = Math.max(...spans.map((span) => endOf(span, now)))
  const children = childrenByParent(spans)
  const critical = criticalPath(spans, now)
  const logCounts = new Map<string, number>()
  for (const each of logs) if (each.spanId) logCounts.set(each.spanId, (logCounts.get(each.spanId) ?? 0) + 1)
  const rows: TimelineRow[] = []
  const visit = (span: Span, depth: number) => {
    const below = children.get(span.id) ?? []
    rows.push({
      span,
      depth,
      hasChildren: below.length > 0,
      offset: span.start - start,
      length: endOf(span, now) - span.start,
      waited: waitedBefore(span),
      isCritical: critical.has(span.id),
      logs: logCounts.get(span.id) ?? 0,
    })
    if (!folded.has(span.id)) for (const child of below) visit(child, depth + 1)
  }
  for (const root of children.get(null) ?? []) visit(root, 0)
  return { rows, start, length: Math.max(1, end - start), queued: spans.reduce((sum, span) => sum + waitedBefore(span), 0) }
}

/** Children by start; spans whose parent is not in the trace are roots. */
export function childrenByParent(spans: Span[]): Map<string | null, Span[]> {
  const known = new Set(spans.map((span) => span.id))
  const children = new Map<string | null, Span[]>()
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const parent = span.parentId !== null && known.has(span.parentId) ? span.parentId : null
    const siblings = children.get(parent)
    if (siblings) siblings.push(span)
    else children.set(parent, [span])
  }
  return children
}

/** The chain of causes that ends with what ended last: shortening anything else would not end the run sooner. */
export function criticalPath(spans: Span[], now: number): Set<string> {
  const byId = new Map(spans.map((span) => [span.id, span]))
  const path = new Set<string>()
  let last = spans.reduce<Span | undefined>(
    (latest, span) => (!latest || endOf(span, now) > endOf(latest, now) ? span : latest),
    undefined,
  )
  while (last && !path.has(last.id)) {
    path.add(last.id)
    last = last.parentId === null ? undefined : byId.get(last.parentId)
  }
  return path
}

export function waitedBefore(span: Span): number {
  const waited = span.attributes.queued_ms
  return typeof waited === 'number' && waited > 0 ? waited * 1000 : 0
}

const endOf = (span: Span, now: number) => span.end ?? Math.max(now, span.start)

/** What a span is about, in a few words. */
export function summary(span: Span): string {
  const of = (name: string) => span.attributes[name]
  const texts: Record<string, () => unknown[]> = {
    http: () => [of('http.method'), of('http.path'), of('http.status') === undefined ? '' : `→ ${String(of('http.status'))}`],
    event: () => [of('topic'), attempt(span)],
    cron: () => [attempt(span)],
    manual: () => [attempt(span)],
    emit: () => [Array.isArray(of('topics')) ? (of('topics') as unknown[]).join(', ') : of('topic')],
    trigger: () => [of('step')],
    state: () => [of('group'), of('key') === undefined ? '' : `/ ${String(of('key'))}`],
    stream: () => [of('stream') ?? of('streamName'), of('group') ?? of('groupId'), of('item') ?? of('id')],
  }
  return (texts[span.kind]?.() ?? [])
    .filter((part) => part !== undefined && part !== '')
    .map(String)
    .join(' ')
}

/** `2 of 4`. */
export function attempts(span: Span): string {
  const { attempt: number, maxAttempts } = span.attributes
  return `${preview(number)} of ${preview(maxAttempts ?? '?')}`
}

function attempt(span: Span): string {
  const number = span.attributes.attempt
  return typeof number === 'number' && number > 1 ? `attempt ${attempts(span)}` : ''
}

/** The error a span ended with, if any. */
export function errorOf(span: Span): { name: string; message: string; stack?: string } | null {
  const error = span.attributes.error
  if (error === undefined || error === null) return null
  if (typeof error === 'string') return { name: 'Error', message: error }
  const { name, message, stack } = error as Record<string, unknown>
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : JSON.stringify(error),
    ...(typeof stack === 'string' ? { stack } : {}),
  }
}

/** Names of the Steps of a trace and how each fared in it. */
export function stepStatuses(spans: Span[]): Map<string, 'running' | 'ok' | 'error'> {
  const statuses = new Map<string, 'running' | 'ok' | 'error'>()
  for (const span of spans.filter(isRun)) statuses.set(span.step || span.name, span.status as 'running' | 'ok' | 'error')
  return statuses
}
