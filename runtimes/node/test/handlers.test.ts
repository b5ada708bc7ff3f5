import assert from 'node:assert/strict'
import { test } from 'node:test'
import { json, withWorker } from './fake-core.ts'

const KINDS: Record<string, Record<string, unknown>> = {
  http: {
    kind: 'http',
    method: 'GET',
    path: '/',
    url: '/',
    pathParams: {},
    queryParams: {},
    headers: {},
    ip: '',
    bodyKind: 'none',
  },
  event: { kind: 'event', topic: 't', deliveryId: 'd' },
  cron: { kind: 'cron', deliveryId: 'd', scheduledTime: 5 },
}

test('arguments by kind and number of declared parameters', async () => {
  const show = `const show = (...args) => args.map((a) => a === null ? 'null' : a.getData ? 'ctx' : a.pathParams ? 'req' : JSON.stringify(a)).join()`
  const step = (config: string, handler: string) => `${show}\nexport const config = ${config}\nexport const handler = ${handler}`
  const forms = [
    'function () { return show(...arguments) }',
    'function (a) { return show(...arguments) }',
    'function (a = 0, b) { return show(...arguments) }',
    '(...all) => show(...all)',
  ]
  const files: Record<string, string> = {}
  forms.forEach((handler, n) => {
    files[`steps/http${n}.step.js`] = step(`{ type: 'api', path: '/' }`, handler)
    files[`steps/event${n}.step.js`] = step(`{ type: 'event', subscribes: ['t'] }`, handler)
    files[`steps/cron${n}.step.js`] = step(`{ type: 'cron', cron: '* * * * *' }`, handler)
    files[`steps/triggers${n}.step.js`] = step(
      `{ name: 'x', triggers: [{ type: 'http', path: '/' }, { type: 'queue', topic: 't' }, { type: 'cron', expression: '* * * * *' }] }`,
      handler,
    )
  })
  await withWorker(files, async (core, loaded) => {
    for (const { error, file } of loaded) assert.equal(error, undefined, `${file} ${error?.message}`)
    const args = async (entry: string, kind: string, trigger = 0) =>
      json(await core.call({ entry, ...KINDS[kind], trigger }, kind === 'event' ? '{"x":1}' : null))
    for (const [n, expected] of ['', 'req', 'req,ctx', 'req'].entries())
      assert.equal(await args(`steps/http${n}.step.js`, 'http'), expected)
    for (const [n, expected] of ['', '{"x":1}', '{"x":1},ctx', '{"x":1}'].entries())
      assert.equal(await args(`steps/event${n}.step.js`, 'event'), expected)
    for (const [n, expected] of ['', 'ctx', 'null,ctx', 'ctx'].entries())
      assert.equal(await args(`steps/cron${n}.step.js`, 'cron'), expected)
    for (const n of forms.keys()) {
      assert.equal(await args(`steps/triggers${n}.step.js`, 'http', 0), 'req,ctx')
      assert.equal(await args(`steps/triggers${n}.step.js`, 'event', 1), '{"x":1},ctx')
      assert.equal(await args(`steps/triggers${n}.step.js`, 'cron', 2), 'null,ctx')
    }
  })
})

test('the context: names, bindings, guards, match', async () => {
  await withWorker(
    {
      'steps/t.step.ts': `
        import { step, http, queue, cron } from 'motia'
        export const { config, handler } = step({ name: 'T', triggers: [http('GET', '/a'), queue('t'), cron('0 0 * * *')] }, async (input, ctx) => {
          const { match, is, getData, emit, enqueue, logger, state, streams, trigger, flows } = ctx
          const { attempt, retryCount, maxAttempts, stepName, topic, deliveryId, traceId, scheduledTime } = ctx
          void [emit, enqueue, logger, state, streams]
          return { matched: await match({ http: (r: any) => ['http', r.path], event: (i: any) => ['queue', i.x], default: (i: any) => ['default', i ?? null] }),
            is: Object.keys(is).filter((k) => (is as any)[k](input)), data: getData() ?? 'nothing', trigger, flows, attempt, retryCount, maxAttempts, stepName, topic, deliveryId, traceId, scheduledTime } })`,
      'steps/m.step.ts': `
        export const config = { type: 'event', name: 'M', subscribes: ['t'] }
        export const handler = (input: any, ctx: any) => ctx.match({ http: () => 1, cron: () => 2 })`,
      'steps/multi.step.ts': `
        import { multiTriggerStep, http, queue, cron, state } from 'motia'
        export const { config, handler } = multiTriggerStep({ name: 'Multi', triggers: [http('GET', '/m'), queue('t'), cron('* * * * *'), state()] })
          .onHttp((req) => ({ status: 200, body: 'http' })).onQueue((i: any) => i.x).handlers({ cron: (ctx) => 'cron ' + ctx.trigger.type })`,
    },
    async (core, loaded) => {
      for (const { error } of loaded) assert.equal(error, undefined)
      core.send({ t: 'bind', entries: { 'steps/t.step.ts': { name: 'Bound', flows: ['f'], maxAttempts: 4, emits: null } } })
      const event = json(await core.event('steps/t.step.ts', { x: 1 }, { trigger: 1, attempt: 3 }))
      assert.deepEqual(event, {
        matched: ['queue', 1],
        is: ['queue', 'event'],
        data: { x: 1 },
        trigger: { type: 'queue', index: 1, topic: 'topic' },
        flows: ['f'],
        attempt: 3,
        retryCount: 2,
        maxAttempts: 4,
        stepName: 'Bound',
        topic: 'topic',
        deliveryId: 'd-1',
        traceId: 'trace-1',
        scheduledTime: null,
      })
      const cron = json(await core.call({ entry: 'steps/t.step.ts', ...KINDS.cron, trigger: 2 }))
      assert.deepEqual(
        [cron.matched, cron.data, cron.trigger.expression, cron.scheduledTime],
        [['default', null], 'nothing', '0 0 * * *', 5],
      )
      const http = json(await core.http('steps/t.step.ts', { b: 1 }))
      assert.deepEqual(
        [http.matched, http.data, http.trigger],
        [['http', '/x'], { b: 1 }, { type: 'http', index: 0, path: '/a', method: 'POST' }],
      )
      const manual = json(
        await core.call({ entry: 'steps/t.step.ts', kind: 'manual', as: 'event', trigger: 1, deliveryId: 'd' }, '{"x":2}'),
      )
      assert.deepEqual([manual.trigger, manual.matched], [{ type: 'queue', index: 1, manual: true }, ['queue', 2]])
      const unmatched = await core.event('steps/m.step.ts', {})
      assert.equal(unmatched.header.error.message, 'No handler matched for trigger type: queue. Available handlers: http, cron')
      assert.equal(json(await core.event('steps/multi.step.ts', { x: 9 }, { trigger: 1 })), 9)
      assert.equal(json(await core.call({ entry: 'steps/multi.step.ts', ...KINDS.cron, trigger: 2 })), 'cron cron')
      const none = await core.call({ entry: 'steps/multi.step.ts', kind: 'state', trigger: 3, deliveryId: 'd' }, '{}')
      assert.equal(none.header.error.message, 'No handler defined for trigger type: state. Available handlers: http, queue, cron')
    },
  )
})

test('event payloads: the data alias, and the change of a state trigger in both spellings', async () => {
  await withWorker(
    {
      'steps/e.step.js': `exports.config = { type: 'event', subscribes: ['t'] }
        exports.handler = (input) => ({ same: input.data === input, keys: Object.keys(input), json: JSON.stringify(input), spread: { ...input }, own: input.data?.v })`,
      'steps/s.step.ts': `export const config = { name: 'S', triggers: [{ type: 'state' }] }
        export const handler = ({ event_type, eventType, new_value, newValue, ...rest }: any) => ({ event_type, eventType, new_value, newValue, rest })`,
    },
    async (core) => {
      assert.deepEqual(json(await core.event('steps/e.step.js', { a: 1 })), {
        same: true,
        keys: ['a'],
        json: '{"a":1}',
        spread: { a: 1 },
      })
      assert.deepEqual(json(await core.event('steps/e.step.js', { data: { v: 2 } })), {
        same: false,
        keys: ['data'],
        json: '{"data":{"v":2}}',
        spread: { data: { v: 2 } },
        own: 2,
      })
      assert.deepEqual(json(await core.event('steps/e.step.js', [1])).keys, ['0'])
      const change = await core.call(
        { entry: 'steps/s.step.ts', kind: 'state', deliveryId: 'd' },
        '{"type":"state","event_type":"state:created","new_value":1}',
      )
      assert.deepEqual(json(change), {
        event_type: 'state:created',
        eventType: 'state:created',
        new_value: 1,
        newValue: 1,
        rest: { type: 'state' },
      })
    },
  )
})

test('failures: thrown, rejected, odd values, own lines, causes, retryCount, retryable', async () => {
  await withWorker(
    {
      'steps/f.step.ts': `
interface Pad { a: string; b: string }
export const config = { type: 'event', subscribes: ['t'] }
export const handler = async ({ how }: { how: string }) => {
  if (how === 'sync') throw new TypeError('sync bad')
  if (how === 'string') throw 'text'
  if (how === 'object') throw { a: 1 }
  if (how === 'cause') throw new Error('outer', { cause: new Error('inner') })
  if (how === 'final') throw Object.assign(new Error('no more'), { retryable: false, code: 'E_FINAL' })
  if (how === 'retries') { try { throw new Error('x') } catch (error: any) { return [error.retryCount, Object.keys(error), 'retryCount' in {}] } }
  if (how === 'exit') process.exit(1)
  return 'fine'
}`,
    },
    async (core) => {
      const fail = async (how: string) => (await core.event('steps/f.step.ts', { how }, { attempt: 2 })).header
      const sync = await fail('sync')
      assert.deepEqual([sync.reason, sync.error.name, sync.error.message], ['handler', 'TypeError', 'sync bad'])
      assert.match(sync.error.stack, /^TypeError: sync bad\n\s+at handler \(.*steps\/f\.step\.ts:5:\d+\)$/)
      assert.deepEqual((await fail('string')).error, { name: 'Error', message: 'text' })
      assert.match((await fail('object')).error.message, /a: 1/)
      assert.match((await fail('cause')).error.stack, /Caused by: Error: inner/)
      const final = await fail('final')
      assert.deepEqual([final.error.retryable, final.error.code], [false, 'E_FINAL'])
      assert.deepEqual(json(await core.event('steps/f.step.ts', { how: 'retries' }, { attempt: 2 })), [2, [], false])
      assert.match((await fail('exit')).error.message, /process\.exit\(1\)/)
      const unknown = await core.event('steps/none.step.ts', {})
      assert.deepEqual([unknown.header.reason, unknown.t], ['no-handler', 'failed'])
      assert.equal(json(await core.event('steps/f.step.ts', { how: 'ok' })), 'fine')
    },
  )
})

test('stray rejections and exceptions are logged for their call, and the worker lives', async () => {
  await withWorker(
    {
      'steps/s.step.js': `exports.config = { type: 'event', subscribes: ['t'] }
        exports.handler = async () => { Promise.reject(new Error('stray')); const thrown = new Promise((done) => process.once('uncaughtException', done)); setImmediate(() => { throw new Error('later') }); await thrown; return 1 }`,
    },
    async (core) => {
      assert.equal(json(await core.event('steps/s.step.js', {})), 1)
      const stray = await core.frame(({ t, header }) => t === 'log' && header.msg.includes('stray'))
      const later = await core.frame(({ t, header }) => t === 'log' && header.msg.includes('later'))
      assert.deepEqual([stray.header.level, stray.header.call, later.header.level, later.header.call], ['error', 1, 'error', 1])
      assert.equal(json(await core.event('steps/s.step.js', {})), 1)
    },
  )
})

test('results that are no JSON are described, never a failure; nothing is an empty body', async () => {
  await withWorker(
    {
      'steps/r.step.js': `exports.config = { type: 'event', subscribes: ['t'] }; const r = { map: new Map([['a', 1n]]), nothing: undefined, nul: null, f: () => 1 }; exports.handler = ({ k }) => r[k]`,
    },
    async (core) => {
      const result = async (k: string) => (await core.event('steps/r.step.js', { k })).body.toString()
      assert.equal(await result('map'), '{"a":"1"}')
      assert.equal(await result('nothing'), '')
      assert.equal(await result('nul'), 'null')
      assert.equal(await result('f'), '"[Function f]"')
    },
  )
})
