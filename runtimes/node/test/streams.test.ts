/** Stream files in the forms that only JavaScript has, and hooks (STR-3 to STR-6, STR-24, STR-30, STR-31, STR-33). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeCore, type Frame, json, project, withConfig, withWorker } from './fake-core.ts'

async function withStreams(
  files: Record<string, string>,
  use: (core: FakeCore, loaded: Record<string, Record<string, any>>) => Promise<void>,
): Promise<void> {
  const { root, remove } = project(files)
  const core = new FakeCore(root)
  try {
    const streams = Object.keys(files).filter((file) => file.startsWith('streams/'))
    core.send({ t: 'load', files: streams, streams })
    await core.frame(({ t }) => t === 'ready')
    const loaded = core.frames.filter(({ t }) => t === 'loaded').map(({ header }) => [header.file, header])
    await use(core, Object.fromEntries(loaded))
  } finally {
    await core.stop()
    remove()
  }
}

function hook(core: FakeCore, name: string, entry: string | undefined, body: unknown, more: object = {}): Promise<Frame> {
  return core.call({ kind: 'hook', hook: name, entry, trigger: undefined, ...more }, JSON.stringify(body))
}

const watching = { subscription: { streamName: 's', groupId: 'g' }, authContext: null }

test('STR-6: every form of a definition', async () => {
  await withStreams(
    {
      'streams/default.stream.ts': `export default { name: 'default' } satisfies { name: string }`,
      'streams/common.stream.cjs': `module.exports = { config: { name: 'common' } }`,
      'streams/exports.stream.cjs': `exports.config = { name: 'exports' }`,
      'streams/whole.stream.cjs': `module.exports = { name: 'whole', schema: { type: 'object' } }`,
      'streams/made.stream.cjs': `const { Stream } = require('motia')\nmodule.exports = { chat: new Stream({ name: 'made' }) }`,
      'streams/stream.stream.mjs': `import { Stream } from '@motia/core'\nexport default new Stream({ name: 'stream' })`,
      'streams/config.stream.ts': `import { Stream } from 'motia'\nexport const config = new Stream({ name: 'config' })`,
      'streams/same.stream.ts': `import { Stream } from 'motia'
        export const config = { name: 'same' }
        export const same = new Stream(config)
        export default config`,
      'streams/list.stream.ts': `import { Stream } from 'motia'\nexport default [{ name: 'a' }, new Stream({ name: 'b' })]`,
      'streams/user.stream.ts': `import { Stream } from 'motia'\nexport const chat = new Stream('chat')\nexport default () => 1`,
      'streams/odd.stream.ts': `export const config = 'chat'`,
    },
    async (_core, loaded) => {
      const found = (file: string) => loaded[`streams/${file}`]!.found.map(({ entry, config }: any) => [entry, config.name])
      for (const file of Object.keys(loaded).map((path) => path.slice(8))) {
        const name = file.split('.')[0]!
        if (!['list', 'user', 'odd'].includes(name)) assert.deepEqual(found(file), [[`streams/${file}`, name]])
      }
      assert.deepEqual(found('list.stream.ts'), [
        ['streams/list.stream.ts#a', 'a'],
        ['streams/list.stream.ts#b', 'b'],
      ])
      assert.deepEqual(found('user.stream.ts'), [])
      assert.equal(loaded['streams/odd.stream.ts']!.error.message, 'config is a string; a stream is defined by an object')
    },
  )
})

test('STR-2: live schemas are described, and what cannot leave is named with its line', async () => {
  await withStreams(
    {
      'node_modules/zod/package.json': JSON.stringify({ name: 'zod', type: 'module', exports: './index.js' }),
      'node_modules/zod/index.js': `export * from ${JSON.stringify(import.meta.resolve('zod'))}`,
      'streams/zod.stream.ts': `import { z } from 'zod'\nexport const config = { name: 'zod', schema: z.object({ text: z.string() }) }`,
      'streams/odd.stream.ts': `export const config = {\n  name: 'odd',\n  description: 3n,\n}`,
    },
    async (_core, loaded) => {
      const { schema } = loaded['streams/zod.stream.ts']!.found[0].config
      assert.deepEqual([schema.$motia, schema.live, schema.json.properties], ['schema', true, { text: { type: 'string' } }])
      const { file, line, message } = loaded['streams/odd.stream.ts']!.error
      assert.deepEqual([file, line], ['streams/odd.stream.ts', 3])
      assert.match(message, /config\.description is a bigint/)
    },
  )
})

test('STR-3: a storage may be made later, by a class, or be there already', async () => {
  const kept = `class Kept { get(g, id) { return { id } } set() { return new Date(0) } delete() {} async list() { return [] } }`
  await withStreams(
    {
      'streams/class.stream.js': `${kept}\nexport const config = { name: 'c', baseConfig: { storageType: 'custom', factory: Kept } }`,
      'streams/object.stream.js': `${kept}\nexport const config = { name: 'o', base_config: { storageType: 'custom', factory: new Kept() } }`,
      'streams/late.stream.js': `${kept}
        let asked = 0
        const factory = async () => { if (asked++ === 0) throw new Error('not yet'); return new Kept() }
        export const config = { name: 'l', baseConfig: { storageType: 'custom', factory } }`,
    },
    async (core, loaded) => {
      const place = { groupId: 'g', id: 'i' }
      const storage = (entry: string, op: string) => hook(core, 'stream.storage', entry, place, { op })
      assert.equal((await storage('streams/late.stream.js', 'get')).header.error.message, 'not yet')
      for (const [entry, { found }] of Object.entries(loaded)) {
        const { baseConfig, base_config } = found[0].config
        assert.equal((baseConfig ?? base_config).factory.$motia, 'function')
        assert.deepEqual(json(await storage(entry, 'get')), { id: 'i' })
        assert.deepEqual(json(await storage(entry, 'list')), [])
        assert.equal((await storage(entry, 'delete')).body.toString(), '')
        assert.match((await storage(entry, 'set')).header.error.message, /'set' of the storage of the stream '.' gives an item/)
        assert.match((await storage(entry, 'burn')).header.error.message, /no storage operation 'burn'/)
      }
    },
  )
})

test('STR-33: whatever happens in a hook, it is no yes', async () => {
  await withStreams(
    {
      'streams/s.stream.js': `import { HttpError } from 'motia'
        export const config = { name: 's', canAccess: () => { throw new HttpError(200, 'fine') } }`,
      'streams/j.stream.js': `export const config = { name: 'j', canAccess: () => true, onJoin: (s, { state }) => { state.get('g', 'k') } }`,
    },
    async (core) => {
      const refused = await hook(core, 'stream.access', 'streams/s.stream.js', watching)
      assert.deepEqual([refused.t, refused.header.reason], ['failed', 'handler'])
      core.onAsk = () => ({ header: { error: { name: 'StateError', message: 'the disk is full' } } })
      const unawaited = await hook(core, 'stream.access', 'streams/j.stream.js', watching)
      assert.deepEqual([unawaited.t, unawaited.header.error.message], ['failed', 'the disk is full'])
    },
  )
})

test('STR-30, STR-31: the function may be exported beside the config, and a context must be JSON', async () => {
  const asked = { headers: {}, url: '/', path: '/', queryParams: {}, ip: '::1' }
  await withConfig(
    { 'motia.config.mjs': `export default { port: 3000 }\nexport const streamAuth = { authenticate: () => ({ n: NaN }) }` },
    async (core) => {
      const { t, header } = await hook(core, 'authenticate', undefined, asked)
      assert.deepEqual([t, header.reason], ['failed', 'handler'])
      assert.match(header.error.message, /context\.n is NaN/)
    },
  )
  await withConfig(
    { 'motia.config.cjs': `exports.authenticate_stream = ({ query_params }) => ({ context: query_params })` },
    async (core) => {
      assert.deepEqual(json(await hook(core, 'authenticate', undefined, asked)), { context: {} })
    },
  )
  await withConfig({ 'motia.config.js': `export default { streamAuth: { authentcate: () => null } }` }, async (core, config) => {
    assert.match(config.error.message, /streamAuth\.authenticate is no function but missing/)
    assert.equal((await hook(core, 'authenticate', undefined, asked)).header.reason, 'no-handler')
  })
})

test('STR-24: what a created item is at first', async () => {
  const tries = [
    `{ id: 'i', schema: { books: [] } }`,
    `{ id: 'i', schema: { type: 'object', properties: {} } }`,
    `{ id: 'i', schema: { type: 'chess' } }`,
    `{ id: 'i', schema: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } } }`,
    `{ id: 'i', schema: { books: [] }, initial: { n: 1 } }`,
    `{ id: 7 }`,
  ]
  await withWorker(
    {
      'steps/c.step.js': `export const config = { type: 'event', subscribes: ['t'] }
        export const handler = async (input, { streams }) => [
          ...[${tries.join()}].map((options) => streams.create(options).data),
          ...[{}, undefined, { id: 'i', initial: [] }].map((options) => {
            try { return streams.create(options) } catch (error) { return error.message }
          }),
        ]`,
    },
    async (core) => {
      core.onAsk = () => ({ header: { found: false } })
      assert.deepEqual(json(await core.event('steps/c.step.js', {})), [
        { books: [] },
        {},
        { type: 'chess' },
        {},
        { n: 1 },
        {},
        'streams.create: id must be a non-empty string, not undefined',
        'streams.create: id must be a non-empty string, not undefined',
        'streams.create: initial must be an object',
      ])
    },
  )
})
