import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FakeCore, type Frame, httpKeys, json, withWorker } from './fake-core.ts'

const api = (handler: string, more = '') =>
  `export const config = { type: 'api', path: '/x'${more} }\nexport const handler = ${handler}`

/** Body chunks of a streamed response so far. */
const streamed = (core: FakeCore, id: number): string =>
  Buffer.concat(core.frames.filter(({ t, header }) => t === 'chunk' && header.id === id).map(({ body }) => body)).toString()

const answer = (frame: Frame) => [frame.header.status, frame.header.headers['content-type'] ?? null, frame.body.toString()]

test('the request in all its names', async () => {
  await withWorker(
    {
      'steps/r.step.js': api(`(req) => {
        const { method, path, url, ip, cookies, params, query, path_params, query_params, raw_body, connection, socket, files, user, request } = req
        req.tenant = 't'; req.params = { id: 'new' }
        return { keys: Object.keys(req), echo: JSON.parse(JSON.stringify(req)), method, path, url, ip, cookies, params, query, path_params, query_params, raw_body, remote: [connection.remoteAddress, socket.remoteAddress], files, user: user === undefined, request: request === req, written: req.pathParams } }`),
      'steps/raw.step.js': api(
        `async (req) => { const parts = []; for await (const chunk of req.request.requestBody.stream) parts.push(chunk.toString()); return { parts, type: Buffer.isBuffer(req.body) ? 'Buffer' : typeof req.body, raw: String(req.rawBody), body: Buffer.isBuffer(req.body) ? 0 : req.body } }`,
      ),
    },
    async (core) => {
      const keys = { ...httpKeys({}), headers: { cookie: 'a=1; b=%20x; a=2; c="q"' } }
      const seen = json(await core.http('steps/r.step.js', { data: 1 }, keys))
      assert.deepEqual(seen.keys, ['body', 'headers', 'pathParams', 'queryParams', 'rawBody', 'tenant'])
      assert.deepEqual(seen.echo, {
        body: { data: 1 },
        headers: keys.headers,
        pathParams: { id: 'new' },
        queryParams: { a: '1' },
        rawBody: '{"data":1}',
        tenant: 't',
      })
      assert.deepEqual(
        [seen.method, seen.path, seen.url, seen.ip, seen.remote],
        ['POST', '/x', '/x?a=1', '10.0.0.9', ['10.0.0.9', '10.0.0.9']],
      )
      assert.deepEqual(
        [seen.cookies, seen.params, seen.query, seen.path_params, seen.query_params],
        [{ a: '1', b: ' x', c: 'q' }, { id: '7' }, { a: '1' }, { id: '7' }, { a: '1' }],
      )
      assert.deepEqual(
        [seen.raw_body, seen.files, seen.user, seen.request, seen.written],
        ['{"data":1}', [], true, true, { id: 'new' }],
      )

      const raw = async (bodyKind: string, body: string | null, more = {}) =>
        json(await core.call({ entry: 'steps/raw.step.js', kind: 'http', ...httpKeys({}), bodyKind, ...more }, body))
      assert.deepEqual(await raw('none', null), { parts: [], type: 'object', raw: '', body: {} })
      assert.deepEqual(await raw('json', '[1, 2]'), { parts: ['[1, 2]'], type: 'object', raw: '[1, 2]', body: [1, 2] })
      assert.deepEqual(await raw('text', 'hé'), { parts: ['hé'], type: 'string', raw: 'hé', body: 'hé' })
      assert.deepEqual(await raw('bytes', 'abc'), { parts: ['abc'], type: 'Buffer', raw: 'abc', body: 0 })
      assert.deepEqual(await raw('form', '{"a":"1"}a=1', { rawLength: 9 }), {
        parts: ['a=1'],
        type: 'object',
        raw: 'a=1',
        body: { a: '1' },
      })
    },
  )
})

test('results', async () => {
  const results: Record<string, string> = {
    nothing: 'undefined',
    nul: 'null',
    object: `{ ok: true, status: 'processing' }`,
    array: '[1]',
    text: `'<b>'`,
    zero: '0',
    no: 'false',
    odd: `{ status: 200, id: 1 }`,
    full: `{ status: 201, body: { a: 1 }, headers: { 'X-A': 1, 'X-List': ['a', 2], 'X-None': null } }`,
    html: `{ status: 200, body: '<p>' }`,
    own: `{ status: 200, body: '{}', headers: { 'Content-Type': 'application/json' } }`,
    short: `{ status: 200, body: 'a,b', contentType: 'text/csv' }`,
    bytes: `{ status: 200, body: Buffer.from('xyz') }`,
    typed: `{ status: 200, body: new Uint8Array([65, 66]) }`,
    nullBody: `{ status: 200, body: null }`,
    empty: `{ status: 204 }`,
    buffer: `{ status: 200, body: { type: 'Buffer', data: [65] }, contentType: 'image/png' }`,
    bufferJson: `{ status: 200, body: { type: 'Buffer', data: [65] } }`,
    date: `{ status: 200, body: { at: new Date(0) } }`,
    bool: `{ status: true }`,
    far: `{ status: 700 }`,
  }
  await withWorker(
    {
      'steps/r.step.js': `const results = { ${Object.entries(results)
        .map(([name, value]) => `${name}: () => (${value})`)
        .join(', ')} }\n${api('(req) => results[req.body.name]()')}`,
    },
    async (core) => {
      const get = async (name: string) => answer(await core.http('steps/r.step.js', { name }))
      const JSON_TYPE = 'application/json; charset=utf-8'
      assert.deepEqual(await get('nothing'), [204, null, ''])
      assert.deepEqual(await get('nul'), [204, null, ''])
      assert.deepEqual(await get('object'), [200, JSON_TYPE, '{"ok":true,"status":"processing"}'])
      assert.deepEqual(await get('array'), [200, JSON_TYPE, '[1]'])
      assert.deepEqual(await get('text'), [200, JSON_TYPE, '"<b>"'])
      assert.deepEqual(await get('zero'), [200, JSON_TYPE, '0'])
      assert.deepEqual(await get('no'), [200, JSON_TYPE, 'false'])
      assert.deepEqual(await get('odd'), [200, JSON_TYPE, '{"status":200,"id":1}'])
      const warning = await core.frame(({ t, header }) => t === 'log' && header.level === 'warn')
      assert.match(warning.header.msg, /keys id/)
      const full = await core.http('steps/r.step.js', { name: 'full' })
      assert.deepEqual(
        [full.header.status, full.header.headers, json(full)],
        [201, { 'x-a': '1', 'x-list': ['a', '2'], 'content-type': JSON_TYPE }, { a: 1 }],
      )
      assert.deepEqual(await get('html'), [200, 'text/html; charset=utf-8', '<p>'])
      assert.deepEqual(await get('own'), [200, 'application/json', '{}'])
      assert.deepEqual(await get('short'), [200, 'text/csv', 'a,b'])
      assert.deepEqual(await get('bytes'), [200, 'application/octet-stream', 'xyz'])
      assert.deepEqual(await get('typed'), [200, 'application/octet-stream', 'AB'])
      assert.deepEqual(await get('nullBody'), [200, JSON_TYPE, 'null'])
      assert.deepEqual(await get('empty'), [204, null, ''])
      assert.deepEqual(await get('buffer'), [200, 'image/png', 'A'])
      assert.deepEqual(await get('bufferJson'), [200, JSON_TYPE, '{"type":"Buffer","data":[65]}'])
      assert.deepEqual(await get('date'), [200, JSON_TYPE, '{"at":"1970-01-01T00:00:00.000Z"}'])
      assert.deepEqual(await get('bool'), [200, JSON_TYPE, '{"status":true}'])
      assert.deepEqual(await get('far'), [200, JSON_TYPE, '{"status":700}'])
    },
  )
})

test('results that cannot be sent fail; HttpError is a response; cookies', async () => {
  await withWorker(
    {
      'steps/e.step.ts': `import { HttpError } from 'motia'
        ${api(`(req: any) => {
          switch (req.body.how) {
            case 'early': return { status: 101 }
            case 'nan': return { status: 200, body: { n: NaN } }
            case 'header': return { status: 200, headers: { a: 'x\\ny' } }
            case 'text': throw new HttpError(404, 'No such quote')
            case 'body': throw new HttpError(409, { taken: true }, { 'retry-after': '5' })
            case 'bare': throw new HttpError(418)
            case 'wrong': throw new HttpError(42)
            case 'cookies': return { status: 200, cookies: { a: 'x y', b: { value: 1, path: '/', maxAge: 60, httpOnly: true, secure: true, sameSite: 'lax', expires: 0 } }, headers: { 'set-cookie': 'z=1' } }
          }
        }`)}`,
    },
    async (core) => {
      const get = (how: string) => core.http('steps/e.step.ts', { how })
      assert.match((await get('early')).header.error.message, /status 101/)
      assert.match((await get('nan')).header.error.message, /^response body\.n is NaN/)
      assert.match((await get('header')).header.error.message, /header a/)
      assert.deepEqual(answer(await get('text')), [404, 'application/json; charset=utf-8', '{"error":"No such quote"}'])
      const body = await get('body')
      assert.deepEqual([body.header.status, body.header.headers['retry-after'], json(body)], [409, '5', { taken: true }])
      assert.deepEqual(answer(await get('bare')), [418, 'application/json; charset=utf-8', '{"error":"HTTP 418"}'])
      assert.equal((await get('wrong')).header.error.name, 'RangeError')
      assert.deepEqual((await get('cookies')).header.headers['set-cookie'], [
        'z=1',
        'a=x%20y',
        'b=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
      ])
    },
  )
})

test('streamed bodies: generators, readable streams, their types and failures', async () => {
  await withWorker(
    {
      'steps/s.step.ts': `import { Readable } from 'node:stream'
        ${api(`async (req: any) => {
          switch (req.body.how) {
            case 'async': return { status: 200, body: (async function* () { yield 'a'; yield 'b' })() }
            case 'sync': return { status: 202, headers: { 'content-type': 'text/event-stream' }, body: (function* () { yield 'data: 1\\n\\n'; yield Buffer.from('data: 2\\n\\n') })() }
            case 'node': return { status: 200, body: Readable.from([Buffer.from('x'), Buffer.from('y')]) }
            case 'web': return { status: 200, body: new ReadableStream({ start(c) { c.enqueue(new Uint8Array([65])); c.close() } }) }
            case 'empty': return { status: 200, body: (async function* () {})() }
            case 'early': return { status: 200, body: (async function* () { throw new Error('early') })() }
            case 'late': return { status: 200, body: (async function* () { yield 'a'; throw new Error('late') })() }
            case 'wrong': return { status: 200, body: (async function* () { yield { a: 1 } })() }
          }
        }`)}`,
    },
    async (core) => {
      const get = async (how: string) => {
        const id = core.start({ entry: 'steps/s.step.ts', kind: 'http', ...httpKeys({}) }, JSON.stringify({ how }))
        const end = await core.outcome(id)
        const head = core.frames.find(({ t, header }) => t === 'head' && header.id === id)
        return [end.t, head?.header.status, head?.header.headers['content-type'], streamed(core, id), end.header.error?.message]
      }
      assert.deepEqual(await get('async'), ['end', 200, 'text/html; charset=utf-8', 'ab', undefined])
      assert.deepEqual(await get('sync'), ['end', 202, 'text/event-stream', 'data: 1\n\ndata: 2\n\n', undefined])
      assert.deepEqual(await get('node'), ['end', 200, 'application/octet-stream', 'xy', undefined])
      assert.deepEqual(await get('web'), ['end', 200, 'application/octet-stream', 'A', undefined])
      assert.deepEqual(await get('empty'), ['end', 200, undefined, '', undefined])
      assert.deepEqual(await get('early'), ['failed', undefined, undefined, '', 'early'])
      assert.deepEqual(await get('late'), ['failed', 200, 'text/html; charset=utf-8', 'a', 'late'])
      assert.equal((await get('wrong'))[4], 'a streamed body yields strings or bytes, not object')
    },
  )
})

test('back pressure: no more bytes than the core allows, and a cancelled stream stops', async () => {
  await withWorker(
    {
      'steps/b.step.js': api(
        `(req) => ({ status: 200, contentType: 'text/plain', body: (function* () { try { for (let n = 0; n < 40; n++) yield 'x'.repeat(100_000) } finally { console.log('closed') } })() })`,
      ),
    },
    async (core) => {
      const start = () => core.start({ entry: 'steps/b.step.js', kind: 'http', ...httpKeys(undefined) })
      const sent = (id: number) => streamed(core, id).length
      const id = start()
      await core.frame(() => sent(id) === 1024 * 1024)
      // A whole call goes by: had the stream not stopped, more would have come before it.
      await core.event('steps/none', {})
      assert.equal(sent(id), 1024 * 1024)
      core.send({ t: 'credit', id, bytes: 10 })
      await core.frame(() => sent(id) === 1024 * 1024 + 10)
      core.send({ t: 'credit', id, bytes: 10_000_000 })
      assert.equal((await core.outcome(id)).t, 'end')
      assert.equal(sent(id), 4_000_000)

      const cut = start()
      await core.frame(() => sent(cut) === 1024 * 1024)
      core.send({ t: 'cancel', id: cut, reason: 'disconnect' })
      const failed = await core.outcome(cut)
      assert.deepEqual([failed.t, failed.header.reason], ['failed', 'cancelled'])
      assert.equal(core.logs(cut).at(-1)!.msg, 'closed')
    },
  )
})

test('the response writer', async () => {
  await withWorker(
    {
      'steps/w.step.ts': `
        import { step, http } from 'motia'
        import { Readable } from 'node:stream'
        import { pipeline } from 'node:stream/promises'
        export const { config, handler } = step({ name: 'W', triggers: [http('POST', '/w')] }, async ({ request, response }: any) => {
          switch (request.body.how) {
            case 'sse':
              response.status(201).headers({ 'Content-Type': 'text/event-stream' })
              response.stream.write('data: 1\\n\\n'); response.stream.end('data: 2\\n\\n')
              return { status: 500 }
            case 'open': response.stream.write(Buffer.from('left open')); return
            case 'close': response.stream.write('a'); await response.close(); return
            case 'pipe': Readable.from(['p', 'q']).pipe(response.stream); return
            case 'pipeline': await pipeline(Readable.from(['p', 'q']), response.stream); return
            case 'status': { const { status } = response; status(202); return }
            case 'result': response.status(202); return { a: 1 }
            case 'fail': response.stream.write('a'); throw new Error('half way')
            case 'large': { const piece = 'y'.repeat(300_000); for (let n = 0; n < 5; n++) if (!response.stream.write(piece)) await new Promise((go) => response.stream.once('drain', go)); return }
          }
        })`,
    },
    async (core) => {
      const run = async (how: string) => {
        const id = core.start({ entry: 'steps/w.step.ts', kind: 'http', ...httpKeys({}) }, JSON.stringify({ how }))
        if (how === 'large') core.send({ t: 'credit', id, bytes: 1_000_000 })
        const end = await core.outcome(id)
        const head = core.frames.find(({ t, header }) => t === 'head' && header.id === id)?.header ?? end.header
        return [
          end.t,
          head.status,
          head.headers?.['content-type'],
          end.t === 'response' ? end.body.toString() : streamed(core, id),
        ]
      }
      assert.deepEqual(await run('sse'), ['end', 201, 'text/event-stream', 'data: 1\n\ndata: 2\n\n'])
      assert.deepEqual(await run('open'), ['end', 200, 'application/octet-stream', 'left open'])
      assert.deepEqual(await run('close'), ['end', 200, 'text/html; charset=utf-8', 'a'])
      assert.deepEqual(await run('pipe'), ['end', 200, 'text/html; charset=utf-8', 'pq'])
      assert.deepEqual(await run('pipeline'), ['end', 200, 'text/html; charset=utf-8', 'pq'])
      assert.deepEqual(await run('status'), ['response', 202, undefined, ''])
      assert.deepEqual(await run('result'), ['response', 200, 'application/json; charset=utf-8', '{"a":1}'])
      assert.deepEqual(await run('fail'), ['failed', 200, 'text/html; charset=utf-8', 'a'])
      assert.deepEqual((await run('large'))[3]!.length, 1_500_000)
    },
  )
})

test('conditions and middleware', async () => {
  await withWorker(
    {
      'steps/m.step.ts': `
        const outer = async (req: any, ctx: any, next: any) => {
          if (req.headers.stop) return { status: 401, body: { error: 'no' } }
          req.user = { id: 1 }
          const response = await next()
          response.headers['x-outer'] = ctx.traceId
          return response
        }
        const inner = async ({ request, response }: any, ctx: any, next: any) => {
          if (request.headers.twice) { await next(); await next() }
          if (request.headers.replace) return next({ body: 'replaced', user: 'r' })
          if (request.headers.forget) { await next(); return }
          return next()
        }
        export const config = { type: 'api', path: '/m', middleware: [outer, inner] }
        export const handler = async (req: any) => { if (req.headers?.boom) throw new Error('boom'); return { body: req.body, user: req.user } }`,
      'steps/c.step.ts': `
        import { step, http, queue } from 'motia'
        export const { config, handler } = step({ name: 'C', triggers: [
          http('GET', '/c', {}, async (req: any, ctx) => { if (req.query.boom) throw new Error('in condition'); return req.query.go === 'no' ? false : undefined }),
          queue('t', {}, (input: any) => input.data.go)] }, async () => ({ ran: true }))`,
      'steps/em.step.ts': `
        export const config = { type: 'event', subscribes: ['t'], middleware: async (input: any, ctx: any, next: any) => [await next({ ...input, more: ctx.topic })] }
        export const handler = async (input: any) => input`,
    },
    async (core) => {
      const get = (headers: object) => core.http('steps/m.step.ts', 'body', { headers })
      const plain = await get({})
      assert.deepEqual(
        [plain.header.status, plain.header.headers['x-outer'], json(plain)],
        [200, 'trace-1', { body: 'body', user: { id: 1 } }],
      )
      assert.deepEqual(answer(await get({ stop: '1' })), [401, 'application/json; charset=utf-8', '{"error":"no"}'])
      assert.deepEqual(json(await get({ replace: '1' })), { body: 'replaced', user: 'r' })
      assert.deepEqual(json(await get({ forget: '1' })), { body: 'body', user: { id: 1 } })
      assert.match((await get({ twice: '1' })).header.error.message, /next\(\) twice/)
      assert.equal((await get({ boom: '1' })).header.error.message, 'boom')

      const condition = (queryParams: object) => core.http('steps/c.step.ts', undefined, { queryParams, trigger: 0 })
      assert.deepEqual(json(await condition({})), { ran: true })
      assert.deepEqual(answer(await condition({ go: 'no' })), [
        422,
        'application/json; charset=utf-8',
        '{"error":"Request condition not met","skipped":true}',
      ])
      assert.equal((await condition({ boom: '1' })).header.error.message, 'in condition')
      assert.equal((await core.event('steps/c.step.ts', { go: false }, { trigger: 1 })).body.length, 0)
      assert.deepEqual(json(await core.event('steps/c.step.ts', { go: true }, { trigger: 1 })), { ran: true })
      assert.deepEqual(json(await core.event('steps/em.step.ts', { a: 1 })), [{ a: 1, more: 'topic' }])
    },
  )
})
