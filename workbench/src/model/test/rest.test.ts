import { describe, expect, it } from 'vitest'
import { addresses } from '../addresses'
import { bytes, duration, plural, preview, relative, span } from '../format'
import { curl, jsonProblem, missingParameters, pathParameters, statusTone, target, type RequestDraft } from '../httpRequest'
import { formFields, sample } from '../jsonSchema'
import { asJsonLines, mergeLogs } from '../logMerge'
import { references } from '../references'
import { inWords } from '../schedule'
import { heard, nothingWatched, type StreamMessage } from '../streamWatch'
import type { LogRecord } from '../types'

it('addresses survive any name', () => {
  expect(addresses.stateItem('a/b', '100% ?#')).toBe('/state/a%2Fb/100%25%20%3F%23')
  expect(addresses.runs({ step: 'A & B', status: '' })).toBe('/runs?step=A+%26+B')
  expect(addresses.overview()).toBe('/')
})

describe('format', () => {
  it.each([
    [0.4, '0 µs'],
    [999, '999 µs'],
    [12_345, '12.3 ms'],
    [840_000, '840 ms'],
    [4_510_000, '4.51 s'],
    [59_900_000, '59.9 s'],
    [200_000_000, '3 min 20 s'],
  ])('%d µs is %s', (value, text) => expect(duration(value)).toBe(text))
  it.each([
    [0, '0 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
  ])('%d ms is %s', (value, text) => expect(span(value)).toBe(text))
  it.each([
    [1000, 1500, 'just now'],
    [1000, 13_500, '12 s ago'],
    [200_000, 1000, 'in 3 min'],
  ])('%d seen from %d is %s', (time, now, text) => expect(relative(time, now)).toBe(text))
  it('counts and shortens', () => {
    expect([
      plural(1, 'process', 'processes'),
      plural(1200, 'Step'),
      bytes(2048),
      preview({ a: 'xxxxx' }, 8),
      preview(undefined),
    ]).toEqual(['1 process', '1,200 Steps', '2.0 KiB', '{"a":"x…', ''])
  })
})

const DRAFT: RequestDraft = {
  method: 'POST',
  path: '/a/:id/files/*',
  params: { id: 'x/y', '*': 'deep/er' },
  query: [
    { name: 'q', value: 'a&b', on: true },
    { name: 'off', value: '1', on: false },
  ],
  headers: [{ name: 'X-Who', value: "O'Hara", on: true }],
  body: '{"it\'s":1}',
}

describe('a request', () => {
  it('fills in and encodes', () => expect(target(DRAFT)).toBe('/a/x%2Fy/files/deep/er?q=a%26b'))
  it('knows its parameters', () => {
    expect(pathParameters('/a/:id/{name}/*rest')).toEqual(['id', 'name', 'rest'])
    expect(missingParameters({ ...DRAFT, params: { id: 'x' } })).toEqual(['*'])
  })
  it('is a curl command that a shell takes literally', () => {
    expect(curl(DRAFT, 'http://h')).toBe(
      "curl -X POST 'http://h/a/x%2Fy/files/deep/er?q=a%26b' \\\n  -H 'X-Who: O'\\''Hara' \\\n  -d '{\"it'\\''s\":1}'",
    )
  })
  it('has no body where there is none', () =>
    expect(curl({ ...DRAFT, method: 'GET', headers: [], query: [] }, '')).toBe("curl '/a/x%2Fy/files/deep/er'"))
  it('tells JSON from what is not', () => {
    expect([jsonProblem(''), jsonProblem('{"a":1}')]).toEqual([null, null])
    expect(jsonProblem('{')).toMatch(/JSON/)
  })
  it('colours statuses', () => expect([200, 302, 404, 503].map(statusTone)).toEqual(['good', 'info', 'warn', 'bad']))
})

describe('a JSON Schema', () => {
  const schema = {
    type: 'object',
    required: ['email', 'items'],
    $defs: { Item: { type: 'object', properties: { sku: { type: 'string' }, quantity: { type: 'integer', minimum: 1 } } } },
    properties: {
      email: { type: 'string', format: 'email' },
      items: { type: 'array', items: { $ref: '#/$defs/Item' } },
      gift: { anyOf: [{ type: 'null' }, { type: 'boolean' }] },
      size: { enum: ['s', 'l'] },
    },
  }
  it('gives a first value', () =>
    expect(sample(schema)).toEqual({ email: 'ada@example.com', items: [{ sku: '', quantity: 1 }], gift: false, size: 's' }))
  it('gives a form', () =>
    expect(formFields(schema)?.map((field) => [field.name, field.kind, field.required])).toEqual([
      ['email', 'text', true],
      ['items', 'json', true],
      ['gift', 'boolean', false],
      ['size', 'choice', false],
    ]))
  it('that refers to itself ends', () => {
    const tree = { $ref: '#/$defs/T', $defs: { T: { type: 'object', properties: { next: { $ref: '#/$defs/T' } } } } }
    expect(JSON.stringify(sample(tree)).length).toBeLessThan(500)
  })
  it('of parts is one form', () =>
    expect(
      formFields({
        allOf: [{ properties: { a: { type: 'string' } }, required: ['a'] }, { properties: { b: { type: 'number' } } }],
      })?.map((each) => each.name),
    ).toEqual(['a', 'b']))
  it('without known properties has no form', () => expect([formFields({}), formFields({ type: 'array' })]).toEqual([null, null]))
})

describe('logs', () => {
  const log = (id: string) =>
    ({ id, time: 0, level: 'info', msg: id, step: null, traceId: null, spanId: null, flows: [], args: {} }) satisfies LogRecord
  it('merge newest first without doubles, within their bound', () => {
    expect(mergeLogs([log('3'), log('1')], [log('2'), log('3'), log('4')], 3).map((each) => each.id)).toEqual(['4', '3', '2'])
  })
  it('are exported a line each', () =>
    expect(
      asJsonLines([log('1'), log('2')])
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as LogRecord).id),
    ).toEqual(['1', '2']))
})

it('spans lead to what they touched', () => {
  const of = (kind: string, attributes: Record<string, unknown>) =>
    references(
      { id: 'a', parentId: null, name: 'n', kind, step: 's', status: 'ok', start: 0, end: 1, attributes },
      new Set(['dead1']),
    ).map((each) => each.to)
  expect(of('state', { group: 'g', key: 'k/1' })).toEqual(['/state/g/k%2F1'])
  expect(of('stream', { stream: 's', group: 'g', item: 'i' })).toEqual(['/streams/s/g/i'])
  expect(of('stream', { stream: 's' })).toEqual(['/streams/s'])
  expect(of('event', { deliveryId: 'dead1', deliveryIds: ['other'] })).toEqual(['/queues/dead/dead1'])
})

it('a watched group follows its messages', () => {
  const message = (type: string, data: unknown, id?: string): StreamMessage => ({
    timestamp: 1,
    streamName: 's',
    groupId: 'g',
    ...(id ? { id } : {}),
    event: { type, data },
  })
  const watched = [
    message('sync', [{ id: 'a', n: 1 }, { id: 'b' }]),
    message('update', { id: 'a', n: 2 }),
    message('create', { id: 'c' }),
    message('delete', { id: 'b' }, 'b'),
    message('shout', { loud: true }),
  ].reduce(heard, nothingWatched)
  expect(watched.items).toEqual([{ id: 'a', n: 2 }, { id: 'c' }])
  expect(watched.messages.map((each) => each.event.type)).toEqual(['shout', 'delete', 'create', 'update', 'sync'])
})

it.each([
  ['*/10 * * * * *', 'Every 10 seconds'],
  ['0 9 * * 1', 'At 09:00, only on Monday'],
  ['nonsense', null],
])('%s in words', (expression, words) => expect(inWords(expression)).toBe(words))
