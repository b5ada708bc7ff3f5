import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countParameters } from '../dist/worker/parameters.js'

const cases: [string, (...args: any[]) => unknown, number | null][] = [
  ['none', () => 1, 0],
  ['async none', async () => 1, 0],
  ['bare arrow', eval('x => x'), 1],
  ['bare async arrow', eval('async x => x'), 1],
  ['two', (_a: unknown, _b: unknown) => 1, 2],
  ['default first', (_ = 0, _ctx?: unknown) => 1, 2],
  ['only defaults', (_a = 1, _b = 2) => 1, 2],
  ['lone rest', (...args: unknown[]) => args, 1],
  ['one and rest', (_a: unknown, ..._rest: unknown[]) => 1, 2],
  ['destructured with commas', ({ a, b, c: [d, e] }: any, { emit, logger }: any) => [a, b, d, e, emit, logger], 2],
  [
    'brackets and quotes in a default',
    (_a = [',', ')', "'", '"', `,${[1, ')'].join(`,`)})`], _b = [{ c: [1, 2] }, /[,)/]\/,/]) => 1,
    2,
  ],
  ['default that is a function', (_a = (x: number, y: number) => x + y, _b: unknown) => 1, 2],
  ['trailing comma', eval('(a, b,) => a'), 2],
  ['comments', eval('(a /* , (b */, // , c)\n d) => a'), 2],
  ['generator', function* (_a: unknown) {}, 1],
  ['async function', async function named(_a: unknown, _b: unknown) {}, 2],
  ['method', { run(_a: unknown, _b: unknown) {} }.run, 2],
  ['computed method', eval('({ ["a(,"](x) {} })["a(,"]'), 1],
  ['bound', ((_a: unknown) => 1).bind(null), null],
]

for (const [name, fn, count] of cases) test(`parameters: ${name}`, () => assert.equal(countParameters(fn), count))
