import assert from 'node:assert/strict'
import { test } from 'node:test'
import { json, withWorker } from './fake-core.ts'

const event = (handler: string, head = '') =>
  `${head}\nexport const config = { type: 'event', subscribes: ['t'] }\nexport const handler = ${handler}`

test('emit in its forms, with its options', async () => {
  await withWorker(
    {
      'steps/e.step.ts': event(
        `async (_: any, ctx: any) => {
          const { emit, enqueue } = ctx
          await emit({ topic: 'a', data: { n: 1 } }); await enqueue('b', 'text'); await emit({ type: 'c' }); await outer({ topic: 'd', data: null })
          await emit([{ topic: 'e', data: 'ä' }, { topic: 'f', data: [1] }]); await emit([])
          await emit({ topic: 'g', messageGroupId: 7, delay: '5m', at: new Date(1000), idempotencyKey: 'k' })
          await emit({ topic: 'g', ttl: '2m', idempotency_key: 7, idempotencyScope: 'run', idempotency_ttl: '30d', dedupKey: 'd' })
          await Promise.all([emit({ topic: 'h', delay: 5 }), emit({ topic: 'i', data: new Error('bad') })])
          await context().emit('j')
          const errors: string[] = []
          for (const wrong of [() => emit(), () => emit({}), () => emit({ topic: '' }), () => emit(5), () => emit('x', 1n), () => emit({ topic: 'x', delay: 'soon' }), () => emit({ topic: 'x', delay: NaN }), () => emit({ topic: 'x', at: -1 }), () => emit({ topic: 'x', ttl: -5 }), () => emit({ topic: 'x', idempotencyTtl: {} }), () => emit({ topic: 'x', dedupKey: '' }), () => emit({ topic: 'x', dedupKey: 'a', dedup_key: 'b' }), () => emit([{ topic: 'x', data: 1 }, { topic: 'x', data: { a: [NaN] } }])]) await wrong().catch((e: Error) => errors.push(e.message))
          return errors }`,
        `import { emit as outer, getContext as context } from 'motia'`,
      ),
    },
    async (core) => {
      const errors = json(await core.event('steps/e.step.ts', {}))
      assert.deepEqual(errors, [
        'emit takes {topic, data}, a list of those, or (topic, data), not undefined',
        'emit needs a topic, a non-empty string, not undefined',
        'emit needs a topic, a non-empty string, not ""',
        'emit takes {topic, data}, a list of those, or (topic, data), not a value of type number',
        'emit data is a BigInt, which cannot be sent as JSON: convert it with Number() or String()',
        'delay must be milliseconds or a text like "5m", not "soon"',
        'delay must be milliseconds or a text like "5m", not NaN',
        'at must be a Date, an ISO 8601 time or epoch milliseconds, from 1970 on',
        'ttl must be milliseconds or a text like "5m", not -5',
        'idempotencyTtl must be milliseconds or a text like "5m", not {}',
        'dedupKey must be a non-empty string, not ""',
        "'dedupKey' and 'dedup_key' are the same option and have different values",
        'emit 1 data.a[0] is NaN, which cannot be sent as JSON',
      ])
      const sent = core.asks('emit').map(({ header, body }) => {
        let at = 0
        return header.events.map(({ bytes, ...event }: any) => [event, body.subarray(at, (at += bytes)).toString()])
      })
      assert.deepEqual(sent.slice(0, 7), [
        [[{ topic: 'a' }, '{"n":1}']],
        [[{ topic: 'b' }, '"text"']],
        [[{ topic: 'c' }, 'null']],
        [[{ topic: 'd' }, 'null']],
        [
          [{ topic: 'e' }, '"ä"'],
          [{ topic: 'f' }, '[1]'],
        ],
        [[{ topic: 'g', messageGroupId: '7', delay: 300_000, at: 1000, idempotencyKey: 'k' }, 'null']],
        [
          [
            {
              topic: 'g',
              ttl: 120_000,
              idempotencyKey: '7',
              idempotencyScope: 'run',
              idempotencyTtl: 2_592_000_000,
              dedupKey: 'd',
            },
            'null',
          ],
        ],
      ])
      assert.equal(JSON.parse(sent[8]![0]![1]).message, 'bad')
      assert.ok(core.asks('emit').every(({ header }) => header.call === 1))
    },
  )
})

test('cancelEmit in its forms', async () => {
  await withWorker(
    {
      'steps/c.step.ts': event(
        `async (_: any, ctx: any) => {
          const { cancelEmit, cancel_emit } = ctx
          const counts = [await cancelEmit({ topic: 'a', idempotencyKey: 7, idempotency_scope: 'run' }), await cancel_emit({ topic: 'a', dedup_key: 'd' }), await outer({ topic: 'b', idempotencyKey: 'k' })]
          const errors: string[] = []
          for (const wrong of [() => cancelEmit(), () => cancelEmit({ idempotencyKey: 'k' }), () => cancelEmit({ topic: 'a', dedupKey: [] })]) await wrong().catch((e: Error) => errors.push(e.message))
          return { counts, errors } }`,
        `import { cancelEmit as outer } from 'motia'`,
      ),
    },
    async (core) => {
      core.onAsk = () => ({ header: { cancelled: 2 } })
      assert.deepEqual(json(await core.event('steps/c.step.ts', {})), {
        counts: [2, 2, 2],
        errors: [
          'cancelEmit takes {topic, idempotencyKey} or {topic, dedupKey}, not undefined',
          'cancelEmit needs a topic, a non-empty string, not undefined',
          'dedupKey must be a non-empty string, not an array',
        ],
      })
      const asked = core.asks('emit.cancel').map(({ header: { topic, idempotencyKey, idempotencyScope, dedupKey } }) => ({
        ...{ topic, idempotencyKey, idempotencyScope, dedupKey },
      }))
      assert.deepEqual(JSON.parse(JSON.stringify(asked)), [
        { topic: 'a', idempotencyKey: '7', idempotencyScope: 'run' },
        { topic: 'a', dedupKey: 'd' },
        { topic: 'b', idempotencyKey: 'k' },
      ])
    },
  )
})

test('state: argument forms, results, errors', async () => {
  const calls = `async ({ calls }: any, { state }: any) => {
    const results = []
    for (const [method, ...args] of calls) results.push(await state[method](...args.map((a: any) => a === 'UNDEFINED' ? undefined : a)).then((value: any) => value === undefined ? 'nothing' : value, (error: Error) => error.name + ': ' + error.message))
    return results }`
  await withWorker(
    {
      'steps/s.step.ts': event(calls),
      'steps/t.step.ts': `export const config = { name: 'T', triggers: [{ type: 'queue', topic: 't' }] }\nexport const handler = ${calls}`,
      'steps/m.step.ts': event(
        `async () => { const pair: any = await stateManager.set('k', 2); return [pair, pair.oldValue, pair.newValue, await stateManager.get('k')] }`,
        `import { stateManager } from '@motia/core'`,
      ),
    },
    async (core) => {
      const values: Record<string, string> = {
        'state.get': '{"v":1}',
        'state.set': '"before"',
        'state.delete': '0',
        'state.list': '[1,2]',
        'state.entries': '{"b":1,"a":2}',
        'state.keys': '["b","a"]',
        'state.groups': '["g"]',
        'state.update': '{"old_value":1,"new_value":2}',
        'state.increment': '5',
      }
      core.onAsk = ({ op, key }) =>
        key === 'missing'
          ? { header: { found: false } }
          : key === 'refused'
            ? { header: { error: { name: 'StateError', message: 'no' } } }
            : { header: { found: true }, body: values[op as string] }
      const run = async (entry: string, ...list: unknown[][]) => json(await core.event(entry, { calls: list }))
      const type = 'steps/s.step.ts'
      assert.deepEqual(
        await run(
          type,
          ['get', 'g', 'k'],
          ['get', 'k'],
          ['get', 'missing'],
          ['set', 'g', 'k', { a: 1 }],
          ['set', 'k', null],
          ['set', 1, 2, 3],
          ['delete', 'k'],
          ['has', 'k'],
          ['has', 'missing'],
        ),
        [{ v: 1 }, { v: 1 }, null, { a: 1 }, null, 3, 0, true, false],
      )
      assert.deepEqual(
        await run(
          type,
          ['getGroup', 'g'],
          ['list'],
          ['getAll', 'g'],
          ['keys'],
          ['listGroups'],
          ['clear', 'g'],
          ['get_group', 'g'],
          ['list_groups'],
        ),
        [[1, 2], [1, 2], { b: 1, a: 2 }, ['b', 'a'], ['g'], 'nothing', [1, 2], ['g']],
      )
      const op = { type: 'increment', path: 'n', by: 1 }
      assert.deepEqual(
        await run(
          type,
          ['update', 'g', 'k', [op]],
          ['update', 'k', op],
          ['increment', 'k'],
          ['increment', 'k', 2],
          ['increment', 'g', 'k'],
          ['increment', 'g', 'k', 3],
        ),
        [{ old_value: 1, new_value: 2 }, { old_value: 1, new_value: 2 }, 5, 5, 5, 5],
      )
      assert.deepEqual(
        core.asks('state.increment').map(({ header: { group, key, by } }) => [group, key, by]),
        [
          ['default', 'k', 1],
          ['default', 'k', 2],
          ['g', 'k', 1],
          ['g', 'k', 3],
        ],
      )
      assert.deepEqual(
        core.asks('state.set').map(({ header: { group, key }, body }) => [group, key, body.toString()]),
        [
          ['g', 'k', '{"a":1}'],
          ['default', 'k', 'null'],
          ['1', '2', '3'],
        ],
      )
      assert.deepEqual(
        core.asks('state.update').map(({ body }) => body.toString()),
        Array(2).fill(JSON.stringify([op])),
      )
      assert.deepEqual(
        await run(
          type,
          ['get', 'g', 'UNDEFINED'],
          ['get', ''],
          ['get', {}],
          ['get'],
          ['get', 'a', 'b', 'c'],
          ['set', 'k'],
          ['increment', 'g', 'k', 'x'],
          ['update', 'k', 5],
          ['get', 'refused'],
        ),
        [
          'TypeError: state.get: key must be a non-empty string, not undefined',
          'TypeError: state.get: key must be a non-empty string, not an empty string',
          'TypeError: state.get: key must be a non-empty string, not a value of type object',
          'TypeError: state.get takes (key) or (group, key), not 0 arguments',
          'TypeError: state.get takes (key) or (group, key), not 3 arguments',
          'TypeError: state.set takes (key, value) or (group, key, value), not 1 arguments',
          'TypeError: state.increment: by must be a finite number',
          "TypeError: state.update: ops must be operations such as {type: 'increment', path: 'count', by: 1}",
          'StateError: no',
        ],
      )
      assert.deepEqual(await run('steps/t.step.ts', ['set', 'k', 2]), [{ old_value: 'before', new_value: 2 }])
      assert.deepEqual(json(await core.event('steps/m.step.ts', {})), [
        { old_value: 'before', new_value: 2 },
        'before',
        2,
        { v: 1 },
      ])
    },
  )
})

test('an error of the core has the stack of the author', async () => {
  await withWorker(
    { 'steps/e.step.ts': event(`async (input: unknown, { state }: any) => {\n  await state.get('k')\n}`) },
    async (core) => {
      core.onAsk = () => ({ header: { error: { name: 'Unavailable', message: 'store is down' } } })
      const { error } = (await core.event('steps/e.step.ts', {})).header
      assert.deepEqual([error.name, error.message], ['Unavailable', 'store is down'])
      assert.match(error.stack, /^Unavailable: store is down\n\s+at handler \(.*e\.step\.ts:4:\d+\)/)
    },
  )
})

test('what nobody awaited is awaited before the answer; its failure fails the attempt, unless it was caught', async () => {
  await withWorker(
    {
      'steps/u.step.ts': event(`async ({ how }: any, { emit, state }: any) => {
        if (how === 'fine') { emit('a'); setImmediate(() => emit('b')); await null; state.set('k', 1); return 'ok' }
        if (how === 'fails') { emit('refuse'); return 'ok' }
        if (how === 'wrong') { state.get(undefined); return 'ok' }
        if (how === 'caught') { emit('refuse').catch(() => {}); try { await emit('refuse') } catch {} return 'ok' }
        if (how === 'late') { const p = emit('refuse'); await emit('a'); await emit('b'); try { await p } catch { return 'seen' } }
      }`),
    },
    async (core) => {
      core.onAsk = ({ events }) =>
        events?.[0].topic === 'refuse'
          ? { header: { error: { name: 'Error', message: 'refused' } } }
          : { header: { found: false } }
      let answered = 0
      const count = core.onAsk
      core.onAsk = async (header, body) => {
        await new Promise(setImmediate)
        answered++
        return count(header, body)
      }
      const fine = await core.event('steps/u.step.ts', { how: 'fine' })
      assert.deepEqual([fine.t, answered >= 2], ['done', true])
      assert.equal((await core.event('steps/u.step.ts', { how: 'fails' })).header.error.message, 'refused')
      assert.match((await core.event('steps/u.step.ts', { how: 'wrong' })).header.error.message, /state\.get: key/)
      assert.equal(json(await core.event('steps/u.step.ts', { how: 'caught' })), 'ok')
      assert.equal(json(await core.event('steps/u.step.ts', { how: 'late' })), 'seen')
    },
  )
})

test('trigger, with and without import, and streams', async () => {
  await withWorker(
    {
      'steps/t.step.ts': event(
        `async (input: any, { streams }: any) => {
          const { chatRooms: chat } = streams
          return [await (globalThis as any).motia.trigger('other', { a: 1 }), await trigger('other'), await start.trigger('x', 1),
            await chat.set('g', 'i', { a: 1 }), await streams['chat-rooms'].get('i'), await chat.update('i', { a: 2 }), await chat.send({ type: 'typing', data: {} }) ?? 'sent', await chat.list('g'),
            await new Stream('by-name').set({ b: 1 }), await trigger('').catch((e: Error) => e.message), await chat.set('id', 5).catch((e: Error) => e.message)] }`,
        `import start, { trigger, Stream } from 'motia'`,
      ),
    },
    async (core) => {
      const change = '{"old_value":null,"new_value":{"id":"i","a":1}}'
      core.onAsk = ({ op }) => {
        if (op === 'trigger') return { header: { deliveryId: 'd1', traceId: 't1' } }
        return { header: { found: true }, body: op === 'stream.list' ? '[]' : op === 'stream.get' ? '{"id":"i"}' : change }
      }
      const started = { id: 'd1', traceId: 't1' }
      assert.deepEqual(json(await core.event('steps/t.step.ts', {})), [
        started,
        started,
        started,
        { id: 'i', a: 1 },
        { id: 'i' },
        JSON.parse(change),
        'sent',
        [],
        JSON.parse(change),
        'motia.trigger needs the id or name of a Step',
        'stream data must be an object',
      ])
      assert.deepEqual(
        core.asks('trigger').map(({ header, body }) => [header.step, body.toString()]),
        [
          ['other', '{"a":1}'],
          ['other', 'null'],
          ['x', '1'],
        ],
      )
      assert.deepEqual(
        core.asks('stream.set').map(({ header: { stream, group, item } }) => [stream, group, item]),
        [
          ['chatRooms', 'g', 'i'],
          ['by-name', 'default', 'default'],
        ],
      )
      assert.equal(core.asks('stream.update')[0]!.body.toString(), '[{"type":"merge","path":"","value":{"a":2}}]')
    },
  )
})

test("a global motia of the author's own is left alone", async () => {
  await withWorker(
    {
      'steps/own.step.js': `globalThis.motia = 'mine'\nexports.config = { type: 'event', subscribes: ['t'] }\nexports.handler = () => motia`,
    },
    async (core) => {
      assert.equal(json(await core.event('steps/own.step.js', {})), 'mine')
    },
  )
})

test('not while Steps are loaded; in the background a new trace', async () => {
  await withWorker(
    {
      'steps/l.step.ts': `import { emit, logger, stateManager, trigger, getContext } from 'motia'
        logger.info('loading', { a: 1 })
        const errors: string[] = []
        for (const call of [() => emit('a'), () => stateManager.get('k'), () => trigger('x')]) await call().catch((e: Error) => errors.push(e.message))
        try { getContext() } catch (e: any) { errors.push(e.message) }
        export const config = { type: 'event', subscribes: ['t'] }
        let wake: () => void; const asked = new Promise<void>((go) => { wake = go })
        void asked.then(() => emit('background'))
        export const handler = async () => { setImmediate(() => void emit('after')); wake(); return errors }`,
    },
    async (core) => {
      const errors = json(await core.event('steps/l.step.ts', {}))
      assert.deepEqual(
        errors,
        ['emit', 'state.get', 'motia.trigger']
          .map((what) => `${what} is not available while Steps are loaded; call it inside a handler`)
          .concat('getContext() works only while a handler runs'),
      )
      const log = core.frames.find(({ t }) => t === 'log')!.header
      assert.deepEqual([log.msg, log.args, log.call], ['loading', { a: 1 }, undefined])
      const background = await core.frame(({ header }) => header.op === 'emit' && header.events[0].topic === 'background')
      const after = await core.frame(({ header }) => header.op === 'emit' && header.events[0].topic === 'after')
      assert.equal(after.header.call, undefined)
      assert.equal(background.t, 'ask')
    },
  )
})

test('log records', async () => {
  await withWorker(
    {
      'steps/l.step.ts': event(
        `async (input: any, { logger }: any) => {
          const { info } = logger
          const cycle: any = { a: 1n, f() {}, n: NaN, m: new Map([['k', new Set([1])]]), e: new TypeError('inner') }; cycle.self = cycle
          info('plain'); logger.warn('object', { a: 1 }, { b: 2 }); logger.error('with error', new Error('bad')); logger.debug('value', 5, 'x'); logger.info('nested', cycle)
          logger.critical('c'); logger.log('warning', 'l', { x: 1 }); outer.info('outer'); logger.info({ o: 1 }); logger.info({ o: 1 }, 'pino'); logger.info(new Error('only'))
          const heard: any[] = []; logger.addListener((level: string, msg: string, args: any) => heard.push([level, msg, args])); logger.trace('t', { z: 1 })
          return heard }`,
        `import { logger as outer } from 'motia'`,
      ),
    },
    async (core) => {
      assert.deepEqual(json(await core.event('steps/l.step.ts', {})), [['debug', 't', { z: 1 }]])
      const logs = core.logs(1).map(({ level, msg, args }) => [level, msg, args])
      assert.deepEqual(logs[0], ['info', 'plain', undefined])
      assert.deepEqual(logs[1], ['warn', 'object', { a: 1, b: 2 }])
      assert.deepEqual([logs[2]![0], logs[2]![2].name, logs[2]![2].message], ['error', 'Error', 'bad'])
      assert.match(logs[2]![2].stack, /l\.step\.ts:6/)
      assert.deepEqual(logs[3], ['debug', 'value', { data: [5, 'x'] }])
      const { e, ...nested } = logs[4]![2]
      assert.deepEqual(
        [nested, e.name],
        [{ a: '1', f: '[Function f]', n: 'NaN', m: { k: [1] }, self: '[Circular]' }, 'TypeError'],
      )
      assert.deepEqual(logs.slice(5, 10), [
        ['error', 'c', undefined],
        ['warn', 'l', { x: 1 }],
        ['info', 'outer', undefined],
        ['info', '{ o: 1 }', undefined],
        ['info', 'pino', { o: 1 }],
      ])
      assert.deepEqual([logs[10]![1], logs[10]![2].message], ['only', 'only'])
      assert.ok(
        core.frames
          .filter(({ t }) => t === 'log')
          .every(({ header }) => typeof header.time === 'number' && header.source === 'logger'),
      )
    },
  )
})

test('what is printed inside an attempt is logged, not printed; outside it is printed', async () => {
  await withWorker(
    {
      'steps/p.step.ts': event(
        `async () => {
          console.log('a %d', 1, { b: 2 }); console.error('e'); console.warn('w'); console.debug('d'); process.stdout.write('direct\\n'); process.stderr.write('err'); console.table([{ x: 1 }])
          await new Promise((done) => process.stdout.write('', done))
          setImmediate(() => console.log('inside too')); await new Promise(setImmediate) }`,
        `console.log('while loading')`,
      ),
    },
    async (core) => {
      await core.event('steps/p.step.ts', {})
      const logs = core.logs(1).map(({ level, msg, source }) => [level, msg, source])
      assert.deepEqual(logs.slice(0, 6), [
        ['info', 'a 1 { b: 2 }', 'stdout'],
        ['error', 'e', 'stderr'],
        ['warn', 'w', 'stderr'],
        ['debug', 'd', 'stdout'],
        ['info', 'direct', 'stdout'],
        ['warn', 'err', 'stderr'],
      ])
      assert.match(logs[6]![1]!, /│/)
      assert.deepEqual(logs[7], ['info', 'inside too', 'stdout'])
      await core.stop()
      assert.equal(core.stdout, 'while loading\n')
      assert.equal(core.stderr, '')
    },
  )
})
