import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeCore, hookKeys, project, withConfig } from './fake-core.ts'

/** What the worker says of a config of one file. */
async function valuesOf(file: string, text: string, more: Record<string, string> = {}): Promise<any> {
  let said: any
  await withConfig({ [file]: text, ...more }, async (_core, config) => void (said = config))
  return said.error ?? said.values
}

const fn = (name: string) => ({ $motia: 'function', name })

test('CONF-2: every shape of a config', async () => {
  const shapes: [string, string][] = [
    ['motia.config.js', 'export default { port: 1 }'],
    ['motia.config.mjs', 'export default { port: 1 }'],
    ['motia.config.cjs', 'module.exports = { port: 1 }'],
    ['motia.config.js', 'module.exports = { port: 1 }'],
    ['motia.config.js', 'exports.port = 1'],
    ['motia.config.ts', `import { defineConfig } from 'motia'; export default defineConfig({ port: 1 })`],
    ['motia.config.mts', `import { config } from '@motiadev/core'; export default config({ port: 1 })`],
    ['motia.config.ts', `import { MotiaConfig } from 'motia'; const config: MotiaConfig = { port: 1 }; export default config`],
    ['motia.config.ts', `import type { Config } from '@motiadev/core'; export default { port: 1 } satisfies Config`],
    ['motia.config.ts', 'export default () => ({ port: 1 })'],
    ['motia.config.js', 'module.exports = async () => ({ port: 1 })'],
    ['motia.config.ts', `import { defineConfig } from 'motia'; export default defineConfig(async () => ({ port: 1 }))`],
    ['motia.config.js', 'export default Promise.resolve({ port: 1 })'],
    ['motia.config.js', 'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = { port: 1 }'],
    ['motia.config.ts', `const { port } = require('./settings'); export default { port }`],
    ['motia.config.ts', 'export const port = 1'],
  ]
  for (const [file, text] of shapes)
    assert.deepEqual(await valuesOf(file, text, { 'settings.json': '{"port":1}' }), { port: 1 }, `${file}: ${text}`)
})

test('CONF-2: named exports of RC, with and without a default export', async () => {
  const named = `export const authenticateStream = async () => ({ context: {} }); export const otel = { enabled: true }`
  assert.deepEqual(await valuesOf('motia.config.ts', named), {
    authenticateStream: fn('authenticateStream'),
    otel: { enabled: true },
  })
  assert.deepEqual(await valuesOf('motia.config.ts', `${named}; export const other = 1; export default { port: 1 }`), {
    port: 1,
    authenticateStream: fn('authenticateStream'),
    otel: { enabled: true },
  })
  assert.deepEqual(
    await valuesOf('motia.config.ts', `${named}; export default { otel: { enabled: false }, authenticateStream: null }`),
    {
      otel: { enabled: false },
      authenticateStream: fn('authenticateStream'),
    },
  )
})

test('values, imports and markers; the config comes before the Steps', async () => {
  const { root, remove } = project({
    'motia.config.ts': `
      import { z } from 'zod'
      import { limits } from './config/limits'
      export default {
        ...limits, nothing: undefined, none: null, at: new Date(0), cors: { origins: ['*'] },
        middleware: { pre: [(req: any, res: any, next: any) => next(), function named() {}] },
        streamAuth: { contextSchema: { type: 'object' }, authenticate() { return null } },
        production: { middleware: { pre: () => {} } },
        redis: { url: new URL('redis://cache:6379') },
      }`,
    'config/limits.ts': `export const limits = { bodyLimit: '1mb' }`,
    'node_modules/zod/index.js': 'exports.z = {}',
    'steps/e.step.js': `export const config = { type: 'event', subscribes: ['t'] }; export const handler = () => {}`,
  })
  const core = new FakeCore(root)
  const config = await core.loadConfig('motia.config.ts', 'steps/e.step.js')
  assert.deepEqual(config, {
    t: 'config',
    file: 'motia.config.ts',
    values: {
      bodyLimit: '1mb',
      none: null,
      at: '1970-01-01T00:00:00.000Z',
      cors: { origins: ['*'] },
      middleware: { pre: [fn('middleware.pre.0'), fn('middleware.pre.1')] },
      streamAuth: { contextSchema: { type: 'object' }, authenticate: fn('streamAuth.authenticate') },
      production: { middleware: { pre: fn('production.middleware.pre') } },
      redis: { url: 'redis://cache:6379' },
    },
    imports: ['config/limits.ts'],
  })
  assert.deepEqual(
    core.frames.slice(1).map(({ t, header }) => [t, header.file]),
    [
      ['loading', 'motia.config.ts'],
      ['config', 'motia.config.ts'],
      ['loading', 'steps/e.step.js'],
      ['loaded', 'steps/e.step.js'],
      ['ready', undefined],
    ],
  )
  await core.stop()
  remove()
})

test('CONF-9: adapter objects record their options', async () => {
  const values = await valuesOf(
    'motia.config.ts',
    `
    import { config, MemoryStreamAdapterManager, FileStateAdapter } from '@motiadev/core'
    import { RedisStateAdapter } from '@motiadev/adapter-redis-state'
    import { RedisCronAdapter } from '@motiadev/adapter-redis-cron'
    import { BullMQEventAdapter } from '@motiadev/adapter-bullmq-events'
    const { RabbitMQEventAdapter } = require('@motiadev/adapter-rabbitmq-events')
    class Client { options = { host: 'live', retry: () => 1, socket: { tls: Buffer.from('x') } }; self = this }
    export default config({
      adapters: {
        state: new RedisStateAdapter({ url: 'redis://a', socket: { host: 'h', port: 1 } }, { keyPrefix: 'p:', ttl: 5 }),
        streams: new MemoryStreamAdapterManager(),
        events: new BullMQEventAdapter({ connection: new Client(), prefix: 'q' }),
        cron: new RedisCronAdapter(new Client(), { lockTTL: 3 }),
      },
      production: { adapters: { events: new RabbitMQEventAdapter({ url: 'amqp://b' }), state: new FileStateAdapter({ filePath: './f' }) } },
    })`,
  )
  const adapter = (name: string, options: object) => ({ $motia: 'adapter', name, options })
  assert.deepEqual(values, {
    adapters: {
      state: adapter('RedisStateAdapter', { url: 'redis://a', socket: { host: 'h', port: 1 }, keyPrefix: 'p:', ttl: 5 }),
      streams: adapter('MemoryStreamAdapterManager', {}),
      events: adapter('BullMQEventAdapter', { connection: { host: 'live', socket: {} }, prefix: 'q' }),
      cron: adapter('RedisCronAdapter', { host: 'live', socket: {}, lockTTL: 3 }),
    },
    production: {
      adapters: {
        events: adapter('RabbitMQEventAdapter', { url: 'amqp://b' }),
        state: adapter('FileStateAdapter', { filePath: './f' }),
      },
    },
  })
})

test('CONF-9: hand-written adapters are named as such', async () => {
  const values = await valuesOf(
    'motia.config.ts',
    `
    import { StateAdapter } from '@motiadev/core'
    import { RedisStateAdapter } from '@motiadev/adapter-redis-state'
    class MyState extends StateAdapter { constructor() { super(); (this as any).self = this } async get() {} }
    class Tweaked extends RedisStateAdapter {}
    export default { adapters: { state: new MyState(), streams: new Tweaked({ url: 'x' }), events: { emit() {} } }, cron: { adapter: new MyState() } }`,
  )
  const foreign = (name: string) => ({ $motia: 'adapter', name, foreign: true })
  assert.deepEqual(values, {
    adapters: { state: foreign('MyState'), streams: foreign('Tweaked'), events: foreign('Object') },
    cron: { adapter: foreign('MyState') },
  })
})

test('CONF-10: plug-ins are functions; those of the original are there', async () => {
  const values = await valuesOf(
    'motia.config.ts',
    `
    import { type MotiaPlugin, type MotiaPluginContext, config } from 'motia'
    import logsPlugin from '@motiadev/plugin-logs/plugin'
    const statesPlugin = require('@motiadev/plugin-states/plugin')
    function own(motia: MotiaPluginContext): MotiaPlugin { return { workbench: [] } }
    if (logsPlugin().workbench.length + statesPlugin().workbench.length !== 0) throw new Error('not there')
    class Panel { self = this }
    export default config({ plugins: [logsPlugin, statesPlugin, own, new Panel()], otel: { instrumentations: [new Panel()], on: true } })`,
  )
  assert.deepEqual(values, {
    plugins: [fn('motia.plugin'), fn('motia.plugin'), fn('plugins.2'), null],
    otel: { instrumentations: [null], on: true },
  })
})

test('CONF-5: errors say where', async () => {
  const errors: [string, RegExp, number | undefined][] = [
    [
      'const c: any = {\n  port: 1,\n  deep: {\n    list: [{}] },\n}\nc.deep.list[0].back = c.deep\nexport default c',
      /^config\.deep\.list\[0\]\.back is a reference/,
      4,
    ],
    [
      'export default {\n  port: 1,\n  data: Array.from({ length: 200_000 }, () => 1) }',
      /^config\.data is a list of 200000 values/,
      3,
    ],
    ['export default {\n  text: "x".repeat(2_000_000) }', /^config\.text is a text of 2000000 characters/, 2],
    [
      'let all: any = {}\nfor (let i = 0; i < 30; i++) all = [all, all]\nexport default {\n  data: all }',
      /^config\.data\[0\].* larger than/,
      4,
    ],
    ['export default {\n  big: 1n }', /^config\.big is a bigint/, 2],
    ['export default {\n  map: new Map() }', /^config\.map is a Map/, 2],
    ['export default 5', /^the config is a number/, undefined],
    ['export default () => null', /^the config is null/, undefined],
    ['\n\nthrow new Error("boom")', /^boom$/, 3],
    ['export default () => {\n  throw new Error("inside")\n}', /^inside$/, 2],
    ['export default { a: }', /./, 1],
    ['import x from "./nowhere"\nexport default { x }', /nowhere/, undefined],
    [
      'export default {\n  middleware: {\n    pre: [undefined as any] } }',
      /^config\.middleware\.pre got undefined as its function number 1/,
      3,
    ],
    ['export default {\n  app: 5 }', /^config\.app is no function/, 2],
    ['export default {\n  app(app: any) {\n    app.get("/x") ; app.post("/y") } }', /app\.post\(\/y\) has no function/, 3],
    ['export default { app(app: any) {\n app.use("/x", undefined) } }', /app\.use got undefined as its function number 1/, 2],
    [
      'const express: any = Object.assign(() => {}, { handle() {}, engine() {} })\nexport default { app(app: any) {\n app.use(express) } }',
      /whole Express application/,
      3,
    ],
  ]
  for (const [text, message, line] of errors) {
    const error = await valuesOf('motia.config.ts', text)
    assert.match(error.message, message, text)
    assert.equal(error.file, 'motia.config.ts', text)
    if (line !== undefined) assert.equal(error.line, line, text)
  }
})

test('a broken or missing config lets no request through', async () => {
  await withConfig({ 'motia.config.ts': 'throw new Error("x")' }, async (core) => {
    const { t, header } = await core.call(hookKeys())
    assert.deepEqual(
      [t, header.reason, header.error.message],
      ['failed', 'no-handler', 'this worker has no functions for the hook request'],
    )
  })
  await withConfig({ 'motia.config.ts': 'export default { port: 1 }' }, async (core) => {
    assert.equal((await core.call(hookKeys())).header.reason, 'no-handler')
    assert.equal((await core.call(hookKeys({ hook: 'strange' }))).header.reason, 'no-handler')
  })
})

test('CONF-4: the functions are those of the environment', async () => {
  const files = {
    'motia.config.js': `
      const says = (text) => (req, res) => res.send(text)
      module.exports = { middleware: { pre: [says('all')] }, production: { middleware: { pre: [says('production')] } } }`,
  }
  const said = async (environment: Record<string, string>) => {
    let text = ''
    await withConfig(files, async (core) => void (text = (await core.hook()).body.toString()), environment)
    return text
  }
  assert.equal(await said({ NODE_ENV: 'production', MOTIA_ENV: '' }), 'production')
  assert.equal(await said({ NODE_ENV: 'production', MOTIA_ENV: 'staging' }), 'all')
})
