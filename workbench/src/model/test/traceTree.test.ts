import { describe, expect, it } from 'vitest'
import { criticalPath, errorOf, stepStatuses, summary, timeline } from '../traceTree'
import type { Span } from '../types'

function span(id: string, parentId: string | null, start: number, end: number | null, more: Partial<Span> = {}): Span {
  return {
    id,
    parentId,
    start,
    end,
    name: id,
    kind: 'event',
    step: id,
    status: end === null ? 'running' : 'ok',
    attributes: {},
    ...more,
  }
}

const TRACE = [
  span('confirm', 'emit', 200, 260, { attributes: { queued_ms: 0.05, attempt: 2, maxAttempts: 4, topic: 'priced' } }),
  span('place', null, 100, 150, {
    kind: 'http',
    attributes: { 'http.method': 'POST', 'http.path': '/orders', 'http.status': 202 },
  }),
  span('emit', 'place', 120, 130, { kind: 'emit', attributes: { topics: ['priced'] } }),
]

describe('a trace as a timeline', () => {
  it('nests by cause and counts from its start', () => {
    const { rows, length, start } = timeline(TRACE, [], 0)
    expect(rows.map((row) => [row.span.id, row.depth, row.offset, row.length])).toEqual([
      ['place', 0, 0, 50],
      ['emit', 1, 20, 10],
      ['confirm', 2, 100, 60],
    ])
    expect([start, length]).toEqual([100, 160])
  })

  it('hides what is folded', () => {
    expect(timeline(TRACE, [], 0, new Set(['emit'])).rows.map((row) => row.span.id)).toEqual(['place', 'emit'])
  })

  it('draws the wait in the queue before a run, even before everything else', () => {
    const late = [span('only', null, 10_000, 11_000, { attributes: { queued_ms: 8 } })]
    const { rows, start, length, queued } = timeline(late, [], 0)
    expect([start, length, queued, rows[0]?.offset]).toEqual([2000, 9000, 8000, 8000])
  })

  it('keeps spans whose parent was not recorded, and lets a running one grow', () => {
    const { rows } = timeline([span('lost', 'unknown', 50, null)], [], 90)
    expect(rows[0]).toMatchObject({ depth: 0, length: 40 })
  })

  it('has nothing for nothing', () => {
    expect(timeline([], [], 5)).toEqual({ rows: [], start: 0, length: 0, queued: 0 })
  })
})

it('the critical path is the chain of causes of what ended last', () => {
  const spans = [...TRACE, span('aside', 'place', 130, 140)]
  expect([...criticalPath(spans, 0)].sort()).toEqual(['confirm', 'emit', 'place'])
})

it('a circle of parents does not hang', () => {
  expect(criticalPath([span('a', 'b', 0, 1), span('b', 'a', 0, 2)], 0).size).toBe(2)
})

it('spans say what they are about', () => {
  expect(TRACE.map(summary)).toEqual(['priced attempt 2 of 4', 'POST /orders → 202', 'priced'])
})

it('errors of any shape are readable', () => {
  expect(errorOf(span('a', null, 0, 1))).toBeNull()
  expect(errorOf(span('a', null, 0, 1, { attributes: { error: 'lost' } }))).toEqual({ name: 'Error', message: 'lost' })
  expect(errorOf(span('a', null, 0, 1, { attributes: { error: { name: 'E', message: 'm', stack: 's' } } }))).toEqual({
    name: 'E',
    message: 'm',
    stack: 's',
  })
})

it('the last run of a Step in a trace decides how it is drawn', () => {
  const spans = [
    span('1', null, 0, 1, { step: 'A', status: 'error' }),
    span('2', null, 2, 3, { step: 'A' }),
    span('3', null, 2, 3, { step: 'B', kind: 'emit' }),
  ]
  expect([...stepStatuses(spans)]).toEqual([['A', 'ok']])
})
