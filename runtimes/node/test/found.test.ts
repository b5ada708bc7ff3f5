import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withWorker } from './fake-core.ts'

/** What the worker finds in one file. */
async function found(file: string, text: string): Promise<{ found: any[]; error?: any }> {
  let result: any
  await withWorker({ [file]: text }, async (_core, [loaded]) => {
    result = loaded
  })
  return result
}

const summary = ({ entry, form, config, handler, name }: any) => [
  entry,
  form,
  config.name ?? config.id,
  handler && handler.params,
  name,
]

test('every way to write type form', async () => {
  const cases: [string, string][] = [
    [
      'a.step.ts',
      `export const config = { type: 'noop', name: 'N' }\nexport const handler = async (a: number, b: number) => [a, b]`,
    ],
    ['b.step.js', `export default { config: { type: 'noop', name: 'N' }, handler: (a, b) => 1 }`],
    ['c.step.js', `module.exports = { config: { type: 'noop', name: 'N' }, handler(a, b) {} }`],
    ['d.step.js', `exports.config = { type: 'noop', name: 'N' }\nexports.handler = function (a, b) {}`],
    ['e_step.mjs', `export const config = { type: 'noop', name: 'N' }\nexport async function handler(a, b = {}) {}`],
    ['f_step.cjs', `module.exports.config = { type: 'noop', name: 'N' }; module.exports.handler = (a, b) => 1`],
    [
      'g.step.ts',
      `const config = { type: 'noop', name: 'N' } as const\nconst handler = (a: unknown, b: unknown) => [a, b]\nexport { config, handler }`,
    ],
    [
      'h.step.js',
      `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = { config: { type: 'noop', name: 'N' }, handler: (a, b) => 1 }`,
    ],
  ]
  for (const [file, text] of cases) {
    const { found: list, error } = await found(`steps/${file}`, text)
    assert.equal(error, undefined, `${file}: ${error?.message}`)
    assert.deepEqual(list.map(summary), [[`steps/${file}`, 'type', 'N', 2, undefined]], file)
  }
})

test('function form of each kind, with the kind in the config; several in a file', async () => {
  const one = await found(
    'steps/a.step.ts',
    `import { api } from '@motia/core'\nexport default api({ id: 'a', path: '/a' }, async function addQuote({ body }: any) { return body })`,
  )
  assert.deepEqual(one.found.map(summary), [['steps/a.step.ts', 'function', 'a', 1, 'addQuote']])
  assert.deepEqual(
    [one.found[0].config, one.found[0].line, one.found[0].handler.async],
    [{ id: 'a', path: '/a', type: 'api' }, 2, true],
  )
  const required = await found('steps/b.step.js', `const { noop } = require('motia')\nmodule.exports = noop({ id: 'n' })`)
  assert.deepEqual(required.found.map(summary), [['steps/b.step.js', 'function', 'n', null, undefined]])
  const many = await found(
    'steps/c.step.ts',
    `import { api, cron, event, http, noop, queue, step } from 'motia'
     export const first = http({ path: '/' }, () => 1)
     export const second = queue({ topic: 't' }, () => 1)
     export const third = step({ triggers: [queue('x')] }).handle(async () => 1)
     export const helper = () => 1
     export const settings = { config: { a: 1 } }
     export default [event({ id: 'e' }, () => 1), cron({ schedule: '* * * * *' }, () => 1), noop({ id: 'e' }), api({ path: '/' }, () => 1)]`,
  )
  assert.deepEqual(
    many.found.map(({ entry, form, config }) => [
      entry.replace('steps/c.step.ts', ''),
      form,
      config.type ?? config.triggers[0].topic,
    ]),
    [
      ['#e', 'function', 'event'],
      ['#1', 'function', 'cron'],
      ['#e-2', 'function', 'noop'],
      ['#3', 'function', 'api'],
      ['#first', 'function', 'http'],
      ['#second', 'function', 'queue'],
      ['#third', 'triggers', 'x'],
    ],
  )
})

test('triggers form and its helpers', async () => {
  const {
    found: [step],
  } = await found(
    'steps/a.step.ts',
    `import { multiTriggerStep, api, http, queue, cron, state, stream } from 'motia'
     const big = (input: any) => input.n > 1
     export const { config, handler } = multiTriggerStep({ name: 'M', flows: ['f'], triggers: [
       http('post', '/a', { queryParams: ['q'] }, big), api('GET', '/b'), queue('t', { config: { maxRetries: 2 } }), queue('u', undefined, big),
       cron('* * * * *'), cron('0 0 * * *', { timezone: 'UTC' }), state(), state({ groupId: 'g', condition: big }), state(big), stream('s', { groupId: 'g' }) ] }).onHttp(() => 1).handlers()`,
  )
  const condition = { $motia: 'function', name: 'big' }
  assert.deepEqual(step.config.triggers, [
    { type: 'http', method: 'POST', path: '/a', queryParams: ['q'], condition },
    { type: 'http', method: 'GET', path: '/b' },
    { type: 'queue', topic: 't', config: { maxRetries: 2 } },
    { type: 'queue', topic: 'u', condition },
    { type: 'cron', expression: '* * * * *' },
    { type: 'cron', expression: '0 0 * * *', timezone: 'UTC' },
    { type: 'state' },
    { type: 'state', groupId: 'g', condition },
    { type: 'state', condition },
    { type: 'stream', streamName: 's', groupId: 'g' },
  ])
  assert.deepEqual([step.form, step.handler], ['triggers', { params: 2, names: null, async: false }])
})

test('wrong uses of the helpers are errors of the file', async () => {
  const message = async (code: string) =>
    (await found('steps/a.step.ts', `import { api, event, http, queue, step, initIII, Motia } from 'motia'\n${code}`)).error
      .message
  assert.match(await message(`http('GET')`), /path must be a non-empty string/)
  assert.match(await message(`event('topic' as any, () => 1)`), /config must be an object/)
  assert.match(await message(`api({ path: '/' }, 5 as any)`), /handler must be a function/)
  assert.match(await message(`initIII()`), /remove the call/)
  assert.match(await message(`new Motia()`), /motia dev/)
  assert.match(await message(`queue(5 as any)`), /topic/)
  assert.match(await message(`step({ triggers: [] }, 1 as any)`), /must be a function/)
})

test('configs: what JSON cannot hold', async () => {
  const config = async (text: string) => found('steps/a.step.js', `export const config = ${text}\nexport const handler = () => 1`)
  const ok = await config(
    `{ type: 'noop', name: 'N', middleware: [function auth() {}], at: new Date(0), missing: undefined, nested: { list: [1, undefined] }, responseSchema: { 200: { id: 5n, when: new Map() } } }`,
  )
  assert.deepEqual(ok.found[0].config, {
    type: 'noop',
    name: 'N',
    middleware: [{ $motia: 'function', name: 'auth' }],
    at: '1970-01-01T00:00:00.000Z',
    nested: { list: [1, null] },
    responseSchema: { 200: { id: null, when: null } },
  })
  for (const [value, path] of [
    ['{ a: [1n] }', /config\.x\.a\[0\] is a bigint/],
    ['new Map()', /config\.x is a Map/],
    ['NaN', /config\.x is NaN/],
    ['Symbol()', /config\.x is a symbol/],
  ] as const) {
    assert.match((await config(`{ type: 'noop', x: ${value} }`)).error.message, path)
  }
  const cycle = await found('steps/a.step.js', `export const config = { type: 'noop' }; config.self = { config }`)
  assert.match(cycle.error.message, /config\.self\.config is a reference/)
})
