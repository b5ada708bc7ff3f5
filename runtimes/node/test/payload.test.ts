import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodePayload } from '../dist/author/payload.js'

const round = (value: unknown) => JSON.parse(encodePayload(value, 'data'))

test('plain data, dates, toJSON and missing values', () => {
  assert.deepEqual(round({ a: [1, 'x', null, true, { b: {} }], gone: undefined }), { a: [1, 'x', null, true, { b: {} }] })
  assert.equal(round(undefined), null)
  assert.deepEqual(round([undefined, 1]), [null, 1])
  assert.deepEqual(round({ at: new Date(0), url: new URL('http://x/y') }), { at: '1970-01-01T00:00:00.000Z', url: 'http://x/y' })
  class Point {
    x = 1
    #hidden = 2
    get sum() {
      return this.x + this.#hidden
    }
  }
  assert.deepEqual(round({ point: new Point() }), { point: { x: 1 } })
  assert.deepEqual(round(JSON.parse('{"__proto__": {"a": 1}, "d": 0}')), JSON.parse('{"__proto__": {"a": 1}, "d": 0}'))
})

test('errors become objects, causes too', () => {
  const { error } = round({ error: Object.assign(new TypeError('bad', { cause: new Error('why') }), { code: 'E1' }) })
  assert.equal(error.name, 'TypeError')
  assert.equal(error.message, 'bad')
  assert.equal(error.code, 'E1')
  assert.equal(error.cause.message, 'why')
  assert.match(error.stack, /payload\.test/)
})

test('what JSON cannot hold is refused with its path', () => {
  const refused = (value: unknown, message: RegExp) =>
    assert.throws(() => encodePayload(value, 'emit data'), { name: 'TypeError', message })
  refused({ a: [1, { n: NaN }] }, /^emit data\.a\[1\]\.n is NaN/)
  refused(Infinity, /^emit data is Infinity/)
  refused({ id: 10n }, /^emit data\.id is a BigInt.*Number\(\)/)
  refused({ f: () => 1 }, /^emit data\.f is a function/)
  refused({ m: new Map() }, /^emit data\.m is a Map.*fromEntries/)
  refused({ s: new Set() }, /a Set/)
  refused({ p: Promise.resolve() }, /a Promise.*await/)
  refused({ b: new Uint8Array(2) }, /a Uint8Array/)
  refused({ d: new Date(NaN) }, /an invalid Date/)
  refused({ s: Symbol('x') }, /a symbol/)
  const cycle: Record<string, unknown> = { inner: {} }
  ;(cycle.inner as any).cycle = cycle
  refused(cycle, /^emit data\.inner\.cycle is a reference/)
})

test('deep but finite data is fine', () => {
  let deep: unknown = 1
  for (let level = 0; level < 200; level++) deep = { deep }
  assert.equal(encodePayload(deep, 'data').length, JSON.stringify(deep).length)
})
