import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Frame, hookKeys, json, withConfig } from './fake-core.ts'

const pre = (functions: string, more = '') => ({
  'motia.config.ts': `export default { middleware: { pre: [${functions}] }${more} } as any`,
})
const app = (body: string, before = '') => ({
  'motia.config.ts': `export default { middleware: { pre: [${before}] }, app(app: any) { ${body} } } as any`,
})

/** `[status, content type, text]`, or what the request goes on with. */
const outcome = (frame: Frame): unknown =>
  frame.t === 'done'
    ? json(frame)
    : frame.t === 'response'
      ? [frame.header.status, frame.header.headers['content-type'], frame.body.toString()]
      : [frame.t, frame.header.reason, frame.header.error?.message]

const JSON_TYPE = 'application/json; charset=utf-8'
const HTML_TYPE = 'text/html; charset=utf-8'
const TEXT_TYPE = 'text/plain; charset=utf-8'
const nothing = { headers: {}, properties: {} }

test('MW-7: in order, answering or going on; the configuration of the guide', async () => {
  await withConfig(
    pre(`
      (req, res, next) => { res.setHeader('Access-Control-Allow-Origin', '*'); res.setHeader('X-Many', ['a', 'b']); next() },
      (req, res, next) => {
        if (['/auth/login'].includes(req.path)) return next()
        const token = req.headers.authorization?.replace('Bearer ', '')
        if (!token) return res.status(401).json({ error: 'Unauthorized' })
        req.user = { id: token, roles: ['a'], toString() { return 'x' } }
        next()
      },
      async (req, res, next) => { await new Promise((go) => setTimeout(go, 1)); res.set('x-last', 5); next() }`),
    async (core) => {
      const headers = { 'access-control-allow-origin': '*', 'x-many': ['a', 'b'], 'x-last': '5' }
      assert.deepEqual(outcome(await core.hook({ url: '/auth/login?x=1', path: '/auth/login' })), { headers, properties: {} })
      const refused = await core.hook()
      assert.deepEqual(outcome(refused), [401, JSON_TYPE, '{"error":"Unauthorized"}'])
      assert.equal(refused.header.headers['access-control-allow-origin'], '*')
      assert.deepEqual(outcome(await core.hook({ headers: { authorization: 'Bearer t' } })), {
        headers,
        properties: { user: { id: 't', roles: ['a'] } },
      })
    },
  )
})

test('MW-7: errors go to error handlers, else they are failures', async () => {
  await withConfig(
    pre(`
      (req, res, next) => {
        switch (req.query.how) {
          case 'throw': throw new Error('thrown')
          case 'nothing': throw undefined
          case 'next': return next(new Error('passed on'))
          case 'reject': return Promise.reject(new Error('rejected'))
          case 'rejectNothing': return Promise.reject()
          case 'route': return next('route')
          case 'router': return next('router')
          case 'twice': next(); next(); return
          default: next()
        }
      },
      (err, req, res, next) => { if (req.query.handle === 'answer') res.status(418).send(err.message); else if (req.query.handle === 'go on') next(); else next(new Error('again: ' + err.message)) },
      (req, res, next) => { req.reached = true; next() },
      (err, req, res, next) => { throw err }`),
    async (core) => {
      const run = async (queryParams: object) => outcome(await core.hook({ queryParams }))
      assert.deepEqual(await run({ how: 'throw' }), ['failed', 'handler', 'again: thrown'])
      assert.deepEqual(await run({ how: 'nothing' }), ['failed', 'handler', 'again: middleware failed with undefined'])
      assert.deepEqual(await run({ how: 'next' }), ['failed', 'handler', 'again: passed on'])
      assert.deepEqual(await run({ how: 'reject' }), ['failed', 'handler', 'again: rejected'])
      assert.deepEqual(await run({ how: 'rejectNothing' }), ['failed', 'handler', 'again: middleware failed with undefined'])
      assert.deepEqual(await run({ how: 'reject', handle: 'answer' }), [418, HTML_TYPE, 'rejected'])
      const reached = { headers: {}, properties: { reached: true } }
      assert.deepEqual(await run({ how: 'throw', handle: 'go on' }), reached)
      assert.deepEqual(await run({ how: 'route' }), reached)
      assert.deepEqual(await run({ how: 'twice' }), reached)
      assert.deepEqual(await run({ how: 'router' }), nothing)
    },
  )
  await withConfig(
    {
      'motia.config.ts': `import { HttpError } from 'motia'; export default { middleware: { pre: () => { throw new HttpError(403, 'No') } } }`,
    },
    async (core) => assert.deepEqual(outcome(await core.hook()), [403, JSON_TYPE, '{"error":"No"}']),
  )
})

test('MW-7: what fails after the request has gone on is logged, not lost', async () => {
  await withConfig(
    pre(`
      async (req, res, next) => { if (req.query.how === 'after next') { next(); throw new Error('late') } next() },
      (req, res, next) => { if (req.query.how === 'after answer') { res.json(1); res.json(2) } else if (req.query.how === 'next after answer') { res.json(1); next() } else next() },
      (req, res, next) => { req.reached = true; next() }`),
    async (core) => {
      const logged = async (how: string, failure: string) => {
        const answer = await core.hook({ queryParams: { how } })
        const msg = `Middleware failed after the request had gone on: ${failure}`
        await core.frame(({ t, header }) => t === 'log' && header.level === 'error' && header.msg === msg)
        return outcome(answer)
      }
      assert.deepEqual(await logged('after next', 'late'), { headers: {}, properties: { reached: true } })
      assert.deepEqual(await logged('after answer', 'Cannot set headers after they are sent to the client'), [
        200,
        JSON_TYPE,
        '1',
      ])
      assert.deepEqual(outcome(await core.hook({ queryParams: { how: 'next after answer' } })), [200, JSON_TYPE, '1'])
    },
  )
})

test('MW-7: middleware that does nothing is ended by cancel, at once', async () => {
  await withConfig(pre(`(req, res, next) => { res.on('close', () => console.log('closed')) }`), async (core) => {
    const id = core.start(hookKeys())
    core.send({ t: 'cancel', id, reason: 'timeout' })
    const failed = await core.outcome(id)
    assert.deepEqual([failed.t, failed.header.reason, failed.header.error.message], ['failed', 'cancelled', 'the Step timed out'])
    assert.deepEqual((await core.frame(({ t, header }) => t === 'log' && header.msg === 'closed')).header.source, 'stdout')
  })
})

test('MW-8: the request', async () => {
  await withConfig(
    pre(`(req, res) => {
      const { method, path, url, originalUrl, headers, query, cookies, body, ip, params, baseUrl } = req
      res.json({ method, path, url, originalUrl, headers, query, cookies, body, ip, params, baseUrl,
        remote: [req.connection.remoteAddress, req.socket.remoteAddress],
        got: [req.get('Content-Type'), req.header('X-A'), req.get('Referrer'), req.get('missing') === undefined] })
    }`),
    async (core) => {
      const headers = { 'content-type': 'application/json', 'x-a': '1', referer: '/from', cookie: 'a=1; b=%20x' }
      const keys = { method: 'PATCH', path: '/p q', url: '/p%20q?a=1', queryParams: { a: '1' }, headers }
      assert.deepEqual(json(await core.hook(keys, { data: 1 })), {
        method: 'PATCH',
        path: '/p%20q',
        url: '/p%20q?a=1',
        originalUrl: '/p%20q?a=1',
        headers,
        query: { a: '1' },
        cookies: { a: '1', b: ' x' },
        body: { data: 1 },
        ip: '10.0.0.9',
        params: {},
        baseUrl: '',
        remote: ['10.0.0.9', '10.0.0.9'],
        got: ['application/json', '1', '/from', true],
      })
    },
  )
})

test('MW-8: what is put on the request goes on, as far as JSON can hold it', async () => {
  await withConfig(
    pre(`(req, res, next) => {
      const cyclic: any = {}; cyclic.self = cyclic
      class Account { id = 7; #secret = 1; hello() {} }
      Object.assign(req, { tenant: 't', n: 0, no: false, nul: null, list: [1], at: new Date(0), account: new Account(),
        cyclic, big: 1n, call() {}, undef: undefined, map: new Map(), buffer: Buffer.from('x'), client: process.stdout, _private: 1, secret: 's', route: { path: '/' } })
      if (req.query.change === 'in place') { req.headers['x-user'] = 'u'; req.body.more = 1; req.query.page = '1'; delete req.cookies.a }
      if (req.query.change === 'replace') { req.body = ['new']; req.query = {} }
      if (req.query.change === 'bytes') req.body = Buffer.from('x')
      if (req.query.change === 'look') void [req.headers, req.body, req.query, req.cookies]
      next()
    }`),
    async (core) => {
      const put = { tenant: 't', n: 0, no: false, nul: null, list: [1], at: '1970-01-01T00:00:00.000Z', account: { id: 7 } }
      const properties = async (change: string) =>
        json(
          await core.hook({ queryParams: { change }, headers: { cookie: 'a=1; b=2', 'content-encoding': 'gzip' } }, { data: 1 }),
        ).properties
      assert.deepEqual(await properties('nothing'), put)
      assert.deepEqual(await properties('look'), put)
      assert.deepEqual(await properties('bytes'), put)
      assert.deepEqual(await properties('in place'), {
        ...put,
        headers: { cookie: 'a=1; b=2', 'x-user': 'u' },
        body: { data: 1, more: 1 },
        query: { change: 'in place', page: '1' },
        cookies: { b: '2' },
      })
      assert.deepEqual(await properties('replace'), { ...put, body: ['new'], query: {} })
    },
  )
})

test('MW-8: the request is a stream of the bytes that came', async () => {
  await withConfig(
    pre(`async (req, res) => { let text = ''; for await (const chunk of req) text += chunk; res.end(text) }`),
    async (core) => {
      assert.equal((await core.hook({}, { a: 1 })).body.toString(), '{"a":1}')
      assert.equal((await core.call(hookKeys({ bodyKind: 'form', rawLength: 9 }), '{"a":"1"}a=1')).body.toString(), 'a=1')
      assert.equal((await core.hook()).body.toString(), '')
    },
  )
})

test('MW-9: answers', async () => {
  const answers: Record<string, [string, unknown[]]> = {
    json: ['res.json({ a: [1] })', [200, JSON_TYPE, '{"a":[1]}']],
    jsonType: [`res.type('application/problem+json').json({})`, [200, 'application/problem+json; charset=utf-8', '{}']],
    jsonNull: ['res.json(null)', [200, JSON_TYPE, 'null']],
    sendText: [`res.send('<p>')`, [200, HTML_TYPE, '<p>']],
    sendPlain: [`res.type('text').send('x')`, [200, TEXT_TYPE, 'x']],
    sendObject: ['res.send({ a: 1 })', [200, JSON_TYPE, '{"a":1}']],
    sendBoolean: ['res.send(false)', [200, JSON_TYPE, 'false']],
    sendBytes: [`res.send(Buffer.from('b'))`, [200, 'application/octet-stream', 'b']],
    sendNothing: ['res.status(202).send()', [202, undefined, '']],
    sendEmpty: [`res.status(204).json({ a: 1 })`, [204, undefined, '']],
    sendStatus: ['res.sendStatus(404)', [404, TEXT_TYPE, 'Not Found']],
    end: [`res.statusCode = 201; res.end('raw')`, [201, undefined, 'raw']],
    endBytes: [`res.end(new Uint8Array([65]))`, [200, undefined, 'A']],
    endEncoded: [`res.end('QQ==', 'base64')`, [200, undefined, 'A']],
    endTwice: [`res.end('once'); res.end('twice')`, [200, undefined, 'once']],
    endCallback: [`res.end(() => console.log('ended'))`, [200, undefined, '']],
    endWrong: ['res.end({})', ['failed', 'handler', 'res.end takes a string or bytes, not object; use res.json']],
    redirect: [`res.redirect('/a b')`, [302, TEXT_TYPE, 'Found. Redirecting to /a%20b']],
    redirectStatus: [
      `res.redirect(308, 'https://x/%20y')`,
      [308, TEXT_TYPE, 'Permanent Redirect. Redirecting to https://x/%20y'],
    ],
    redirectBack: [`res.redirect('back')`, [302, TEXT_TYPE, 'Found. Redirecting to /']],
    writeHead: [`res.writeHead(203, { 'X-A': 1, 'Content-Type': 'a/b' }).end('w')`, [203, 'a/b', 'w']],
    badStatus: ['res.status(42).json(1)', ['failed', 'handler', 'Invalid status code: 42']],
    badHeader: [`res.set('a', 'x\\ny')`, ['failed', 'handler', 'Invalid character in header content ["a"]']],
    handlerError: [
      `res.cookie('a', 1, { signed: true })`,
      ['failed', 'handler', 'res.cookie: signed cookies are not supported; sign the value yourself'],
    ],
  }
  const cases = Object.entries(answers).map(([name, [code]]) => `${name}() { ${code} }`)
  await withConfig(pre(`(req, res) => { ({ ${cases.join(', ')} } as any)[req.query.how]() }`), async (core) => {
    for (const [how, [code, expected]] of Object.entries(answers))
      assert.deepEqual(outcome(await core.hook({ queryParams: { how } })), expected, code)
  })
})

test('MW-9: headers and cookies', async () => {
  await withConfig(
    pre(`(req, res, next) => {
      const seen = [res.headersSent, res.getHeader('x-a')]
      res.setHeader('X-A', 1).set({ 'X-B': 'b', 'X-Gone': '1' }).header('x-c', ['1', '2']).append('X-B', 'more').append('x-b', ['again'])
      res.removeHeader('x-gone'); res.type('html'); res.vary('Origin').vary(['origin', 'Accept'])
      res.cookie('plain', 'x y').cookie('full', { a: 1 }, { maxAge: 60_000, domain: 'd', path: '/p', httpOnly: true, secure: true, sameSite: 'lax' })
      res.cookie('raw', 'a/b', { encode: String, sameSite: true, path: '' }).clearCookie('gone', { path: '/q', maxAge: 5 })
      res.setHeader('Content-Length', 5); res.locals.x = 1
      req.seen = [...seen, res.getHeader('X-A'), res.get('x-b'), res.hasHeader('x-gone'), res.getHeaderNames().includes('x-c'), res.locals.x, res.statusCode]
      next()
      setImmediate(() => { try { res.setHeader('late', '1') } catch (error) { console.log(error.code, res.headersSent) } })
    }`),
    async (core) => {
      const frame = await core.hook()
      const { headers, properties } = json(frame)
      assert.deepEqual(properties.seen, [false, null, 1, ['b', 'more', 'again'], false, true, 1, 200])
      const { 'set-cookie': cookies, ...others } = headers
      assert.deepEqual(others, {
        'x-a': '1',
        'x-b': ['b', 'more', 'again'],
        'x-c': ['1', '2'],
        'content-type': HTML_TYPE,
        vary: 'Origin, Accept',
      })
      assert.match(
        cookies[1],
        /^full=j%3A%7B%22a%22%3A1%7D; Max-Age=60; Domain=d; Path=\/p; Expires=.* GMT; HttpOnly; Secure; SameSite=Lax$/,
      )
      assert.deepEqual(
        [cookies[0], cookies[2], cookies[3]],
        ['plain=x%20y; Path=/', 'raw=a/b; SameSite=Strict', 'gone=; Path=/q; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
      )
      await core.frame(({ t, header }) => t === 'log' && header.msg === 'ERR_HTTP_HEADERS_SENT false')
    },
  )
})

test('MW-9: answers in pieces, and the events of an answer', async () => {
  await withConfig(
    pre(`
      (req, res, next) => { res.on('finish', () => console.log('finish', res.statusCode)).on('close', () => console.log('close', res.writableFinished)); next() },
      async (req, res, next) => {
        const { Readable } = await import('node:stream')
        switch (req.query.how) {
          case 'write': res.status(201).type('txt'); res.write('a'); res.write(Buffer.from('b')); res.end('c'); return
          case 'pipe': Readable.from(['p', 'q']).pipe(res); return
          case 'flush': res.flushHeaders(); res.end('late'); return
          case 'break': res.write('a'); throw new Error('half way')
          case 'large': { for (let n = 0; n < 15; n++) if (!res.write('x'.repeat(100_000))) await new Promise((go) => res.once('drain', go)); res.end(); return }
          case 'whole': res.json(1); return
          default: next()
        }
      }`),
    async (core) => {
      const events = () => core.frames.filter(({ t }) => t === 'log').map(({ header }) => header.msg as string)
      const closed = () => events().filter((text) => text.startsWith('close')).length
      const run = async (how: string) => {
        const heard = events().length
        const before = closed()
        const id = core.start(hookKeys({ queryParams: { how } }))
        if (how === 'large') {
          await core.frame(({ t, header }) => t === 'head' && header.id === id)
          core.send({ t: 'credit', id, bytes: 1_000_000 })
        }
        const end = await core.outcome(id)
        await core.frame(() => closed() > before)
        const head = core.frames.find(({ t, header }) => t === 'head' && header.id === id)?.header
        const body = Buffer.concat(
          core.frames.filter(({ t, header }) => t === 'chunk' && header.id === id).map((frame) => frame.body),
        )
        return [
          end.t,
          head?.status,
          head?.headers['content-type'],
          body.length > 10 ? body.length : body.toString(),
          events().slice(heard),
        ]
      }
      assert.deepEqual(await run('write'), ['end', 201, TEXT_TYPE, 'abc', ['finish 201', 'close true']])
      assert.deepEqual(await run('pipe'), ['end', 200, undefined, 'pq', ['finish 200', 'close true']])
      assert.deepEqual(await run('flush'), ['end', 200, undefined, 'late', ['finish 200', 'close true']])
      assert.deepEqual(await run('break'), ['failed', 200, undefined, 'a', ['close false']])
      assert.deepEqual(await run('large'), ['end', 200, undefined, 1_500_000, ['finish 200', 'close true']])
      assert.deepEqual(await run('whole'), ['response', undefined, undefined, '', ['finish 200', 'close true']])
      assert.deepEqual(await run('pass'), ['done', undefined, undefined, '', ['close false']])
    },
  )
})

test('MW-11: app registers routes and middleware after middleware.pre', async () => {
  await withConfig(
    app(
      `
      app.set('name', 'n').enable('on').disable('off'); app.locals.count = 0
      app.use((req, res, next) => { req.trail.push('use'); next() })
      app.use('/api', (req, res, next) => { req.trail.push([req.baseUrl, req.url, req.path, req.originalUrl]); next() })
      app.use('/api/:v', [(req, res, next) => { req.trail.push(req.params); if (req.params.v === 'rewrite') req.url = '/other?b=2'; next() }])
      app.get('/items/:id', (req, res, next) => req.params.id === '0' ? next('route') : next(), (req, res) => res.json({ item: req.params, trail: req.trail }))
      app.get('/items/:id', (req, res) => res.send('second'))
      app.all(['/all', '/every'], (req, res) => res.send(req.method))
      for (const method of ['post', 'put', 'patch', 'delete', 'options', 'head']) app[method]('/only', (req, res) => res.send(method))
      app.get('/settings', (req, res) => res.json([req.app.get('name'), app.enabled('on'), app.disabled('off'), app.locals]))
      app.get('/fail', () => { throw new Error('in route') })
      app.use((err, req, res, next) => req.path === '/fail' ? res.status(500).send('handled: ' + err.message) : next(err))`,
      `(req, res, next) => { req.trail = ['pre']; next() }`,
    ),
    async (core) => {
      const run = async (method: string, url: string) => outcome(await core.hook({ method, url, path: url.replace(/\?.*/, '') }))
      const trail = (...rest: unknown[]) => ({ headers: {}, properties: { trail: ['pre', 'use', ...rest] } })
      assert.deepEqual(await run('GET', '/'), trail())
      assert.deepEqual(await run('GET', '/api'), trail(['/api', '/', '/', '/api']))
      assert.deepEqual(await run('GET', '/api?x=1'), trail(['/api', '/?x=1', '/', '/api?x=1']))
      assert.deepEqual(await run('GET', '/API/1/deep?x'), trail(['/API', '/1/deep?x', '/1/deep', '/API/1/deep?x'], { v: '1' }))
      assert.deepEqual(await run('GET', '/items/7'), [200, JSON_TYPE, '{"item":{"id":"7"},"trail":["pre","use"]}'])
      assert.deepEqual(await run('GET', '/items/0'), [200, HTML_TYPE, 'second'])
      assert.deepEqual(await run('HEAD', '/items/0'), [200, HTML_TYPE, 'second'])
      assert.deepEqual(await run('POST', '/items/0'), trail())
      assert.deepEqual(await run('DELETE', '/every/'), [200, HTML_TYPE, 'DELETE'])
      for (const method of ['post', 'put', 'patch', 'delete', 'options', 'head'])
        assert.deepEqual(await run(method.toUpperCase(), '/only'), [200, HTML_TYPE, method])
      assert.deepEqual(await run('GET', '/only'), trail())
      assert.deepEqual(await run('GET', '/settings'), [200, JSON_TYPE, '["n",true,true,{"count":0}]'])
      assert.deepEqual(await run('GET', '/fail'), [500, HTML_TYPE, 'handled: in route'])
      assert.deepEqual(await run('GET', '/items/%'), [400, JSON_TYPE, `{"error":"Failed to decode the path parameter \\"%\\""}`])
    },
  )
})

test('hooks may use the context, print, and run beside each other', async () => {
  await withConfig(
    {
      'motia.config.ts': `
        import { logger, stateManager } from 'motia'
        let waiting: (() => void)[] = []
        export default { middleware: { pre: async (req: any, res: any, next: any) => {
          console.log('printed'); logger.info('logged')
          void stateManager.set('g', 'k', 1)
          if (req.query.wait) { waiting.push(next); if (waiting.length === 2) waiting.splice(0).forEach((go) => go()) } else next()
        } } }`,
    },
    async (core) => {
      const done = await core.hook()
      assert.deepEqual(
        core.logs(done.header.id).map(({ msg }) => msg),
        ['printed', 'logged'],
      )
      assert.equal(core.asks('state.set')[0]!.header.call, done.header.id)
      const [one, two] = await Promise.all([core.hook({ queryParams: { wait: '1' } }), core.hook({ queryParams: { wait: '1' } })])
      assert.deepEqual([outcome(one), outcome(two)], [nothing, nothing])
      core.onAsk = () => ({ header: { error: { name: 'StateError', message: 'full' } } })
      assert.deepEqual(outcome(await core.hook()), ['failed', 'handler', 'full'])
    },
  )
})
