import assert from 'node:assert/strict'
import { test } from 'node:test'
import { json, withWorker } from './fake-core.ts'

test('MW-8: properties that the project put on the request', async () => {
  await withWorker(
    {
      'steps/p.step.ts': `
        const first = async (req: any, ctx: any, next: any) => { req.seen = req.user.id; req.tenant = req.tenant + '!'; return next() }
        export const config = { type: 'api', path: '/p', middleware: [first] }
        export const handler = async (req: any, ctx: any) => {
          const { user } = req
          return { keys: Object.keys(req), echo: JSON.parse(JSON.stringify(req)), user, tenant: req.tenant, seen: req.seen, body: ctx.getData(), query: req.query, queryParams: req.queryParams,
            cookies: req.cookies, own: req.headers['x-own'], request: req.request === req, response: typeof req.response.status, plain: Object.getPrototypeOf(req).constructor === req.constructor }
        }`,
    },
    async (core) => {
      const properties = JSON.parse(
        `{ "user": { "id": 1 }, "tenant": "t", "body": { "b": 2 }, "query": { "q": "1" }, "cookies": { "c": "1" }, "headers": { "x-own": "h" },
           "request": 5, "response": 6, "__proto__": { "bad": true } }`,
      )
      const seen = json(await core.http('steps/p.step.ts', { a: 1 }, { properties }))
      assert.deepEqual(seen, {
        keys: ['body', 'headers', 'pathParams', 'queryParams', 'rawBody', 'seen'],
        echo: {
          body: { b: 2 },
          headers: { 'x-own': 'h' },
          pathParams: { id: '7' },
          queryParams: { q: '1' },
          rawBody: '{"a":1}',
          seen: 1,
        },
        user: { id: 1 },
        tenant: 't!',
        seen: 1,
        body: { b: 2 },
        query: { q: '1' },
        queryParams: { q: '1' },
        cookies: { c: '1' },
        own: 'h',
        request: true,
        response: 'function',
        plain: true,
      })
    },
  )
})

const guarded = (more = '') => `
  let ran = 0
  const complete = async (req: any, ctx: any, next: any) => {
    if (req.query.fill) req.body.text = 'filled'
    if (req.query.bytes) req.body = Buffer.from('x')
    const response = await next()
    return { ...response, headers: { ...response.headers, 'x-saw': String(response.status), 'x-details': String(response.body.details?.length) } }
  }
  export const config = { type: 'api', path: '/c', middleware: [complete]${more} }
  export const handler = async (req: any) => ({ body: req.body })`

test('HTTP-30 and SCH-6: the core judges plain schemas after middleware', async () => {
  await withWorker({ 'steps/c.step.ts': guarded() }, async (core) => {
    const entry = 'steps/c.step.ts'
    core.send({
      t: 'bind',
      entries: { [entry]: { name: 'C', flows: [], maxAttempts: 1, emits: null, checks: { 0: ['body', 'headers', 'query'] } } },
    })
    core.onAsk = (header, body) => {
      const value = JSON.parse(body.toString())
      if (header.part === 'body')
        return {
          header: {
            issues: value?.text
              ? []
              : [
                  { path: 'text', message: 'is missing' },
                  { path: '', message: 'wrong' },
                ],
          },
        }
      if (header.part === 'query')
        return {
          header: {
            issues:
              value.page === 'x'
                ? [
                    { path: 'page', message: 'must be a number' },
                    { path: '', message: 'odd' },
                  ]
                : [],
          },
        }
      return { header: { issues: [] } }
    }
    const fine = await core.http(entry, { text: 'a' })
    assert.deepEqual([fine.header.status, fine.header.headers['x-saw'], json(fine)], [200, '200', { body: { text: 'a' } }])
    assert.deepEqual(
      core.asks('validate').map(({ header }) => [header.entry, header.trigger, header.part, header.call]),
      ['body', 'query', 'headers'].map((part) => [entry, 0, part, fine.header.id]),
    )
    const filled = await core.http(entry, {}, { queryParams: { fill: '1' } })
    assert.deepEqual(json(filled), { body: { text: 'filled' } })
    const refused = await core.http(entry, {}, { queryParams: { page: 'x' } })
    assert.deepEqual(
      [refused.header.status, refused.header.headers['x-saw'], refused.header.headers['x-details']],
      [400, '400', '4'],
    )
    assert.deepEqual(json(refused), {
      error: 'Validation failed',
      details: [
        { path: 'text', message: 'is missing' },
        { path: '', message: 'wrong' },
        { path: 'query.page', message: 'must be a number' },
        { path: 'query', message: 'odd' },
      ],
    })
    assert.equal((await core.http(entry, { text: 'a' }, { queryParams: { bytes: '1' } })).header.status, 400)
    core.onAsk = () => ({ header: { error: { name: 'Gone', message: 'no schema' } } })
    const failed = await core.http(entry, { text: 'a' })
    assert.deepEqual([failed.t, failed.header.reason, failed.header.error.name], ['failed', 'handler', 'Gone'])
  })
})

test('SCH-4: modes of checks, and live schemas beside them', async () => {
  const live = `{ '~standard': { version: 1, vendor: 'x', validate: (value: any) => value.page === '1' ? { value: { page: 1 } } : { issues: [{ message: 'no page', path: ['page'] }] } } }`
  await withWorker(
    {
      'steps/warn.step.ts': guarded(`, validation: 'warn'`),
      'steps/off.step.ts': guarded(`, validation: 'off'`),
      'steps/live.step.ts': guarded(`, schema: { query: ${live} }`),
      'steps/condition.step.ts': `
        import { step, http } from 'motia'
        export const { config, handler } = step({ name: 'N', triggers: [http('GET', '/a'), http('GET', '/b', {}, (req: any) => req.query.go !== 'no')] }, async () => 1)`,
    },
    async (core) => {
      const binding = (checks: object) => ({ name: 'N', flows: [], maxAttempts: 1, emits: null, checks })
      core.send({
        t: 'bind',
        entries: {
          'steps/warn.step.ts': binding({ 0: ['body'] }),
          'steps/off.step.ts': binding({ 0: ['body'] }),
          'steps/live.step.ts': binding({ 0: ['body'] }),
          'steps/condition.step.ts': binding({ 1: ['body'] }),
        },
      })
      core.onAsk = () => ({ header: { issues: [{ path: 'a', message: 'bad' }] } })
      const warned = await core.http('steps/warn.step.ts', {})
      assert.equal(warned.header.status, 200)
      assert.match(core.logs(warned.header.id)[0]!.msg, /does not match its schema: a: bad/)
      assert.equal((await core.http('steps/off.step.ts', {})).header.status, 200)
      assert.equal(core.asks('validate').length, 1)
      assert.deepEqual(json(await core.http('steps/live.step.ts', {})).details, [
        { path: 'a', message: 'bad' },
        { path: 'query.page', message: 'no page' },
      ])
      const condition = (trigger: number, queryParams: object) =>
        core.http('steps/condition.step.ts', {}, { trigger, queryParams })
      assert.equal((await condition(0, {})).header.status, 200)
      assert.equal((await condition(1, { go: 'no' })).header.status, 422)
      assert.equal((await condition(1, {})).header.status, 400)
    },
  )
})
