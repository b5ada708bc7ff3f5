import assert from 'node:assert/strict'
import { symlinkSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { z as z3 } from 'zod3'
import { jsonSchema } from '../dist/author/json-schema.js'
import { type Verdict, liveSchema, validateLive } from '../dist/schema/live.js'
import { toJsonSchema } from '../dist/schema/to-json-schema.js'
import { FakeCore, httpKeys, json, project, withWorker } from './fake-core.ts'

const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url))

/** A project that has this package's own Zod 4 and Zod 3 installed. */
async function withZod(
  files: Record<string, string>,
  use: (core: FakeCore, loaded: Record<string, any>[]) => Promise<void>,
): Promise<void> {
  const { root, remove } = project(files)
  mkdirSync(join(root, 'node_modules'))
  for (const name of ['zod', 'zod3']) symlinkSync(join(MODULES, name), join(root, 'node_modules', name))
  const core = new FakeCore(root)
  try {
    await use(core, await core.load(...Object.keys(files).filter((file) => file.includes('.step.'))))
  } finally {
    await core.stop()
    remove()
  }
}

for (const [name, zod] of [
  ['Zod 4', z],
  ['Zod 3', z3 as unknown as typeof z],
] as const) {
  test(`${name}: unknown keys stay unless the schema is strict`, async () => {
    const keeps = async (schema: any, input: unknown) =>
      ((await validateLive(schema, input)) as Extract<Verdict, { ok: true }>).value
    const inner = zod.object({ a: zod.string().default('d') })
    assert.deepEqual(await keeps(zod.object({ inner, list: zod.array(inner) }), { inner: { x: 1 }, list: [{ y: 2 }], z: 3 }), {
      inner: { a: 'd', x: 1 },
      list: [{ a: 'd', y: 2 }],
      z: 3,
    })
    assert.deepEqual(await keeps(inner.optional().nullable(), { a: 'v', x: 1 }), { a: 'v', x: 1 })
    assert.deepEqual(await keeps(zod.record(zod.string(), inner), { k: { x: 1 } }), { k: { a: 'd', x: 1 } })
    assert.deepEqual(await keeps(zod.union([zod.object({ n: zod.number() }), inner]), { x: 1 }), { a: 'd', x: 1 })
    assert.deepEqual(await keeps(zod.intersection(inner, zod.object({ b: zod.number() })), { b: 1, x: 2 }), {
      a: 'd',
      b: 1,
      x: 2,
    })
    assert.deepEqual(await keeps(zod.object({ p: zod.tuple([inner]) }).readonly(), { p: [{ x: 1 }], q: 1 }), {
      p: [{ a: 'd', x: 1 }],
      q: 1,
    })
    assert.deepEqual(
      await keeps(
        zod.object({ a: zod.string() }).transform(({ a }) => ({ b: a })),
        { a: 'v', x: 1 },
      ),
      { b: 'v' },
    )
    assert.equal((await validateLive(zod.object({}).strict(), { x: 1 })).ok, false)
    const polluted = await keeps(inner, JSON.parse('{"__proto__": {"evil": 1}}'))
    assert.equal((polluted as any).evil, undefined)
  })

  test(`${name}: JSON Schema`, () => {
    const schema = zod.object({
      id: zod.string().min(1),
      n: zod.number().int().default(1),
      tags: zod
        .array(zod.enum(['a', 'b']))
        .max(3)
        .optional(),
      who: zod.union([zod.string(), zod.null()]),
      when: zod.date().optional(),
    })
    const described: any = toJsonSchema(schema)
    assert.equal(described.type, 'object')
    assert.deepEqual(described.required, ['id', 'who'])
    assert.deepEqual(described.properties.id, { type: 'string', minLength: 1 })
    assert.equal(described.properties.n.type, 'integer')
    assert.equal(described.properties.n.default, 1)
    assert.deepEqual(described.properties.tags, { type: 'array', maxItems: 3, items: { type: 'string', enum: ['a', 'b'] } })
    assert.deepEqual(described.properties.who.type ?? described.properties.who.anyOf.map((one: any) => one.type), [
      'string',
      'null',
    ])
    assert.equal(described.additionalProperties, undefined)
    assert.equal((toJsonSchema(zod.object({}).strict()) as any).additionalProperties, false)
  })
}

test('jsonSchema() is JSON Schema that keeps the live schema; other libraries validate without a description', () => {
  const wrapped = jsonSchema(z.object({ a: z.string() }))
  assert.equal((wrapped as any).type, 'object')
  assert.equal(liveSchema(wrapped)?.safeParse({ a: 1 }).success, false)
  assert.ok(!JSON.stringify(wrapped).includes('live'))
  const foreign = {
    '~standard': {
      version: 1,
      vendor: 'x',
      validate: async (value: any) => (value === 1 ? { value: 'one' } : { issues: [{ message: 'no', path: [{ key: 'a' }, 0] }] }),
    },
  }
  assert.equal(toJsonSchema(foreign), null)
  assert.equal(liveSchema({ type: 'object' }), undefined)
  return Promise.all([validateLive(foreign, 1), validateLive(foreign, 2)]).then(([good, bad]) => {
    assert.deepEqual(good, { ok: true, value: 'one' })
    assert.deepEqual(bad, { ok: false, issues: [{ path: 'a.0', message: 'no' }] })
  })
})

test('requests: 400 with details; defaults and transforms reach the handler; modes', async () => {
  const echo = '(req: any) => ({ body: req.body, query: req.query, params: req.params, raw: req.rawBody })'
  await withZod(
    {
      'steps/a.step.ts': `import { z } from 'zod'
        export const config = { type: 'api', path: '/:id', bodySchema: z.object({ name: z.string().min(2), items: z.array(z.object({ price: z.number() })).default([]) }) }
        export const handler = ${echo}`,
      'steps/b.step.ts': `import { z } from 'zod3'
        import { api } from 'motia'
        export default api({ id: 'b', path: '/:id', schema: { body: z.object({ a: z.string().default('x') }), query: z.object({ page: z.coerce.number() }), params: z.object({ id: z.string().length(1) }), headers: z.object({ 'x-key': z.string() }) } }, ${echo})`,
      'steps/c.step.ts': `import { z } from 'zod'
        import { api, jsonSchema, step, http } from '@motia/core'
        export default [api({ id: 'whole', path: '/', schema: z.object({ a: z.string() }) }, ${echo}),
          step({ name: 'triggers', triggers: [http('GET', '/t', { bodySchema: jsonSchema(z.object({ a: z.string() })) })] }, ${echo}),
          api({ id: 'warn', path: '/', validation: 'warn', bodySchema: z.object({ a: z.string() }) }, ${echo}),
          api({ id: 'off', path: '/', validation: 'off', bodySchema: z.object({ a: z.string() }) }, ${echo})]`,
    },
    async (core, loaded) => {
      for (const { error } of loaded) assert.equal(error, undefined)
      assert.deepEqual(loaded[0]!.found[0].config.bodySchema.json.required, ['name'])
      assert.equal(loaded[1]!.found[0].config.schema.query.live, true)
      const send = async (entry: string, body: unknown, more = {}) => {
        const frame = await core.http(entry, body, more)
        return [frame.header.status, json(frame)]
      }
      assert.deepEqual(await send('steps/a.step.ts', { name: 'ok', extra: 1 }), [
        200,
        { body: { name: 'ok', items: [], extra: 1 }, query: { a: '1' }, params: { id: '7' }, raw: '{"name":"ok","extra":1}' },
      ])
      const [status, refused] = await send('steps/a.step.ts', { name: 'x', items: [{ price: '1' }] })
      assert.deepEqual(
        [status, refused.error, refused.details.map(({ path }: any) => path)],
        [400, 'Validation failed', ['name', 'items.0.price']],
      )
      assert.match(refused.details[1].message, /number/)
      const [, parts] = await send('steps/b.step.ts', {}, { queryParams: { page: 'x' }, pathParams: { id: '77' } })
      assert.deepEqual(
        parts.details.map(({ path }: any) => path),
        ['query.page', 'params.id', 'headers.x-key'],
      )
      const [good, { body, query }] = await send(
        'steps/b.step.ts',
        {},
        { queryParams: { page: '3', other: 'o' }, headers: { 'x-key': 'k' } },
      )
      assert.deepEqual([good, body, query], [200, { a: 'x' }, { page: 3, other: 'o' }])
      for (const name of ['whole', 'triggers']) assert.equal((await send(`steps/c.step.ts#${name}`, { a: 1 }))[0], 400)
      assert.equal((await send('steps/c.step.ts#off', { a: 1 }))[0], 200)
      const id = core.start({ entry: 'steps/c.step.ts#warn', kind: 'http', ...httpKeys({}) }, '{"a":1}')
      assert.equal((await core.outcome(id)).header.status, 200)
      assert.match(core.logs(id)[0]!.msg, /does not match its schema: a:/)
    },
  )
})

test('event input: warned of and untouched by default, enforced where bound so; the alias is no field', async () => {
  await withZod(
    {
      'steps/e.step.ts': `import { z } from 'zod'
        export const config = { type: 'event', subscribes: ['t'], input: z.object({ id: z.string(), n: z.number().default(5), data: z.string().optional() }) }
        export const handler = (input: any) => ({ ...input, alias: input.data === input })`,
      'steps/strict.step.ts': `import { z } from 'zod'
        export const config = { name: 'S', triggers: [{ type: 'queue', topic: 't', input: z.strictObject({ id: z.string() }), condition: (i: any) => i.data.id !== 'skip' }] }
        export const handler = (input: any) => input`,
    },
    async (core) => {
      assert.deepEqual(json(await core.event('steps/e.step.ts', { id: 'a' })), { id: 'a', alias: true })
      const warned = core.start(
        { entry: 'steps/strict.step.ts', kind: 'event', topic: 'quote.added', deliveryId: 'd' },
        '{"id":1,"x":2}',
      )
      assert.deepEqual(json(await core.outcome(warned)), { id: 1, x: 2 })
      assert.equal(
        core.logs(warned)[0]!.msg,
        '⚠ [WARNING] Emit quote.added validation issues:\n│ ⚠ Extra fields: x\n│ ⚠ Type mismatches: Field "id": must be string\n└─ Payload does not match schema.',
      )
      const missing = core.start({ entry: 'steps/strict.step.ts', kind: 'event', topic: 't', deliveryId: 'd' }, '{}')
      await core.outcome(missing)
      assert.match(core.logs(missing)[0]!.msg, /Missing fields: id/)
      const binding = { name: 'X', flows: [], maxAttempts: 1, emits: null, validation: 'enforce' }
      core.send({ t: 'bind', entries: { 'steps/e.step.ts': binding, 'steps/strict.step.ts': binding } })
      assert.deepEqual(json(await core.event('steps/e.step.ts', { id: 'a', more: 1 })), { id: 'a', n: 5, more: 1, alias: true })
      const failed = await core.event('steps/e.step.ts', { id: 1 })
      assert.deepEqual([failed.t, failed.header.reason, failed.header.error.retryable], ['failed', 'invalid-input', false])
      assert.match(failed.header.error.message, /id: /)
      assert.equal((await core.event('steps/strict.step.ts', { id: 'skip', x: 1 })).t, 'done')
    },
  )
})

test('SCH-10: responses that do not fit their schema are noted once, and never in production', async () => {
  const files = {
    'steps/r.step.ts': `
      const schema = (key: string) => ({ '~standard': { version: 1, vendor: 'x', validate: (value: any) => typeof value?.[key] === 'string' ? { value } : { issues: [{ message: 'must be string', path: [key] }] } } })
      export const config = { type: 'api', path: '/', responseSchema: { 200: schema('id'), '4XX': schema('error'), default: schema('any') } }
      export const handler = (req: any) => req.body`,
    'steps/one.step.ts': `
      const schema = { '~standard': { version: 1, vendor: 'x', validate: () => ({ issues: [{ message: 'never' }] }) } }
      export const config = { type: 'api', path: '/', schema: { response: schema } }
      export const handler = (req: any) => req.body`,
  }
  const warnings = async (environment: Record<string, string>) => {
    let said: string[] = []
    await withWorker(
      files,
      async (core) => {
        for (const body of [
          { status: 200, body: { id: 'a' } },
          { status: 200, body: { id: 1 } },
          { status: 200, body: { id: 2 } },
          { status: 404, body: '{"error":1}', contentType: 'application/problem+json' },
          { status: 404, body: { error: 'x' } },
          { status: 500, body: [] },
          { status: 204 },
        ])
          assert.equal((await core.http('steps/r.step.ts', body)).header.status, body.status)
        await core.http('steps/one.step.ts', { status: 404, body: 1 })
        await core.http('steps/one.step.ts', { status: 201, body: 1 })
        said = core.frames
          .filter(({ t }) => t === 'log')
          .map(({ header }) => header.msg.replace(/the response (\d+) of '(.*)' does not fit its responseSchema/, '$1 $2'))
      },
      environment,
    )
    return said
  }
  assert.deepEqual(await warnings({ NODE_ENV: 'development', MOTIA_ENV: '' }), [
    '200 steps/r.step.ts: id: must be string',
    '404 steps/r.step.ts: error: must be string',
    '500 steps/r.step.ts: any: must be string',
    '201 steps/one.step.ts: never',
  ])
  assert.deepEqual(await warnings({ NODE_ENV: 'production', MOTIA_ENV: '' }), [])
})
