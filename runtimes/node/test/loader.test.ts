import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { FakeCore, json, project, withWorker } from './fake-core.ts'

/** Loads the project's Steps and gives what the noop Step in `steps/main.step.*` returns. */
async function resultOf(files: Record<string, string>): Promise<any> {
  let result: any
  await withWorker(files, async (core, loaded) => {
    for (const { file, error } of loaded) assert.equal(error, undefined, `${file}: ${error?.message}\n${error?.stack}`)
    const main = Object.keys(files).find((file) => file.startsWith('steps/main.step'))!
    const done = await core.call({ entry: main, kind: 'manual', as: 'noop', deliveryId: 'd' }, '{}')
    assert.equal(done.t, 'done', JSON.stringify(done.header))
    result = json(done)
  })
  return result
}

const CONFIG = `export const config = { type: 'noop', name: 'Main' }`

for (const type of [undefined, 'module', 'commonjs']) {
  const base: Record<string, string> = type ? { 'package.json': JSON.stringify({ type }) } : {}

  test(`TypeScript imports every way (package type ${type})`, async () => {
    const result = await resultOf({
      ...base,
      'steps/main.step.ts': `
        import { a } from '../lib/plain'
        import { b } from '../lib/written.js'
        import { c } from '../lib/dir'
        import d from '../data.json'
        import e from '../data2.json' with { type: 'json' }
        import { version } from '../data.json'
        import f from '../lib/old.cjs'
        import { named } from '../lib/old'
        import '../lib/effect'
        ${CONFIG}
        export const handler = async (): Promise<unknown> => ({ a, b, c, d: d.version, e: e.version, version, f: f.named, named, effect: (globalThis as any).effect, late: (await import('../lib/late')).late })`,
      'lib/plain.ts': `export const a: number = 1`,
      'lib/written.ts': `export const b = 2 as const`,
      'lib/dir/index.ts': `export { c } from './c'`,
      'lib/dir/c.mts': `export const c = 3`,
      'lib/old.cjs': `module.exports = { named: 'cjs' }`,
      'lib/effect.js': `globalThis.effect = true`,
      'lib/late.ts': `export const late = 'late'`,
      'data.json': `{ "version": "9", "default": 1, "a-b": 2 }`,
      'data2.json': `{ "version": "9" }`,
    })
    assert.deepEqual(result, {
      a: 1,
      b: 2,
      c: 3,
      d: '9',
      e: '9',
      version: '9',
      f: 'cjs',
      named: 'cjs',
      effect: true,
      late: 'late',
    })
  })

  test(`CommonJS in .js and .ts, and both from each other (package type ${type})`, async () => {
    const result = await resultOf({
      ...base,
      'steps/main.step.js': `
        const { esm } = require('../lib/esm')
        const { common } = require('../lib/common')
        const path = require('node:path')
        module.exports = { config: { type: 'noop', name: 'Main' }, handler: async () => ({ esm, common: common(), dir: path.basename(__dirname), json: require('../d.json').x }) }`,
      'lib/esm.ts': `import { common } from './common'
        export const esm: string = 'esm+' + common()`,
      'lib/common.ts': `const inner: { x: number } = require('./inner'); exports.common = () => inner.x`,
      'lib/inner.cts': `import fs = require('node:fs'); const exists: boolean = fs.existsSync(__filename); export = { x: exists ? 5 : 0 }`,
      'd.json': `{"x": [1]}`,
    })
    assert.deepEqual(result, { esm: 'esm+5', common: 5, dir: 'steps', json: [1] })
  })
}

test('enums, namespaces, parameter properties, abstract classes, satisfies, top-level await', async () => {
  const result = await resultOf({
    'steps/main.step.ts': `
      enum Colour { Red = 'r', Blue = 'b' }
      const enum Level { Low = 1 }
      namespace Tools { export const twice = (n: number) => n * 2 }
      abstract class Base { constructor(protected readonly name: string, public n = 1) {} }
      class Real extends Base { shout() { return this.name.toUpperCase() + this.n } }
      const late = await Promise.resolve(7)
      export const config = { type: 'noop', name: 'Main' } satisfies object
      export const handler = () => ({ colour: Colour.Blue, level: Level.Low, twice: Tools.twice(2), real: new Real('x').shout(), late })`,
  })
  assert.deepEqual(result, { colour: 'b', level: 1, twice: 4, real: 'X1', late: 7 })
})

test('require, __dirname and __filename in ES modules; own declarations of them win', async () => {
  const result = await resultOf({
    'steps/main.step.ts': `
      import { own } from '../lib/own'
      import plain from '../lib/plain.js'
      const { inner } = require('../lib/inner')
      ${CONFIG}
      export const handler = () => ({ dir: __dirname.endsWith('steps'), file: __filename.endsWith('main.step.ts'), inner, own, plain, type: typeof require })`,
    'lib/inner.ts': `export const inner = 'inner'`,
    'lib/own.ts': `import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      const __dirname = 'mine'
      export const own = __dirname + typeof require('node:fs').readFileSync`,
    'lib/plain.js': `import fs from 'node:fs'
      const { inner } = require('./inner')
      export default [inner, __dirname.endsWith('lib'), typeof fs.readFileSync]`,
  })
  assert.deepEqual(result, {
    dir: true,
    file: true,
    inner: 'inner',
    own: 'minefunction',
    plain: ['inner', true, 'function'],
    type: 'function',
  })
})

test('module.exports beside imports', async () => {
  const result = await resultOf({
    'steps/main.step.ts': `
      import { ApiRouteConfig } from 'motia'
      import { a } from '../lib/a'
      module.exports = { config: { type: 'noop', name: 'Main' } as unknown as ApiRouteConfig, handler: () => ({ a }) }`,
    'lib/a.ts': `export const a = 1`,
  })
  assert.deepEqual(result, { a: 1 })
})

test('tsconfig paths, baseUrl and extends, with comments; never over the runtime', async () => {
  const result = await resultOf({
    'tsconfig.json': `{ // comment
      "extends": "./base.json", "compilerOptions": { "paths": { "@lib/*": ["./lib/*"], "exact": ["./lib/exact.ts"], "motia": ["./lib/fake.ts"], "@motia/*": ["./lib/fake.ts"], "url//x": ["./lib/exact"], }, } }`,
    'base.json': `{ "compilerOptions": { "baseUrl": "." /* here */ } }`,
    'steps/main.step.ts': `
      import { a } from '@lib/deep/a'
      import { exact } from 'exact'
      import { based } from 'lib/based'
      import * as motia from 'motia'
      import * as core from '@motia/core'
      const required = require('motia')
      ${CONFIG}
      export const handler = () => ({ a, exact, based, same: [core.emit === motia.emit, required.emit === motia.emit, require('@motiadev/core').logger === motia.logger], fake: 'fake' in motia })`,
    'lib/deep/a/index.ts': `export const a = 1`,
    'lib/exact.ts': `export const exact = 2`,
    'lib/based.ts': `export const based = 3`,
    'lib/fake.ts': `export const fake = 1`,
    'motia/index.ts': `export const fake = 1`,
  })
  assert.deepEqual(result, { a: 1, exact: 2, based: 3, same: [true, true, true], fake: false })
})

test('legacy decorators with metadata, as tsconfig says', async () => {
  const result = await resultOf({
    'tsconfig.json': `{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true, "useDefineForClassFields": false } }`,
    'steps/main.step.ts': `
      const seen: string[] = []
      ;(Reflect as any).metadata = (key: string, value: any) => () => void seen.push(key + '=' + (value?.name ?? JSON.stringify(value?.map?.((v: any) => v.name))))
      const mark = (name: string) => (target: any, key?: string, d?: any) => { seen.push(name + ':' + (key ?? target.name) + ':' + typeof d) }
      const param = (target: any, key: string, index: number) => void seen.push('param' + index)
      const wrap = (t: any, k: string, d: PropertyDescriptor) => { const f = d.value; d.value = function (this: any, ...a: any[]) { return 'w' + f.apply(this, a) }; return d }
      @mark('class') class Service { @mark('field') field!: string; bare?: number; @wrap method(@param x: string) { return x } }
      ${CONFIG}
      export const handler = () => ({ seen, out: new Service().method('q'), bare: 'bare' in new Service() })`,
  })
  assert.equal(result.out, 'wq')
  assert.equal(result.bare, false)
  for (const expected of ['class:Service:undefined', 'field:field:undefined', 'param0', 'design:type=String'])
    assert.ok(result.seen.includes(expected), `${expected} in ${result.seen}`)
})

test('types imported and re-exported without saying so are undefined, not errors', async () => {
  const result = await resultOf({
    'steps/main.step.ts': `
      import { ApiRouteConfig, StepHandler, type Handlers } from 'motia'
      import { Shape, Both } from '../lib/barrel'
      export { Shape } from '../lib/barrel'
      const c: ApiRouteConfig | StepHandler | Handlers | Shape | undefined = undefined
      ${CONFIG}
      export const handler = () => ({ both: Both(1), c: typeof c })`,
    'steps/values.step.ts': `import * as motia from 'motia'
      export const config = { type: 'noop', name: 'Values' }; export const handler = () => null
      const all = 'ApiRouteConfig EventConfig CronConfig NoopConfig StepConfig StreamConfig StreamSubscription StreamAuthRequest StreamAuthContext Handlers StepHandler ApiRouteHandler EventHandler CronHandler ApiMiddleware ApiRequest ApiResponse ApiRouteMethod QueryParam FlowContext FlowContextStateStreams Emit Emitter EmitData Event InternalStateManager InfrastructureConfig HandlerConfig QueueConfig MotiaStream BaseStreamItem StateStreamEvent StateStreamEventChannel Step Flow Stream Config AdapterConfig MotiaPlugin MotiaPluginContext WorkbenchPlugin Logger MotiaConfig MotiaHttpArgs MotiaHttpRequest MotiaHttpResponse Enqueue Enqueuer EnqueueData TriggerInfo TriggerCondition TriggerInput TriggerConfig StateTriggerInput StreamTriggerInput Streams Enqueues AuthenticateStream StreamAuthInput StreamAuthResult ChannelReader ChannelWriter UpdateOp isApiTrigger getQueueTriggers isCronTrigger isStateTrigger getStreamTriggers initIII getInstance Motia setupStepEndpoint generateStepId getContext jsonSchema defineConfig config'.split(' ')
      const missing = all.filter((name) => !(name in motia)); if (missing.length) throw new Error('missing ' + missing)`,
    'lib/barrel.ts': `
      import { Third } from './shapes'
      export { Third }
      export { Shape, Both } from './shapes'`,
    'lib/shapes.ts': `
      export interface Shape { x: number }
      export type Third = string
      export type Both = (n: number) => number
      export const Both: Both = (n) => n + 1`,
  })
  assert.deepEqual(result, { both: 2, c: 'undefined' })
})

test('packages in node_modules, ESM and CommonJS, and sub paths without extension', async () => {
  const result = await resultOf({
    'steps/main.step.ts': `
      import { esm } from 'esm-pkg'
      import cjs, { named } from 'cjs-pkg'
      import sub from 'cjs-pkg/lib/sub'
      import { hidden, also as other } from 'computed-pkg'
      ${CONFIG}
      export const handler = () => ({ esm, cjs: cjs.named, named, sub, hidden, other })`,
    'node_modules/esm-pkg/package.json': `{"name":"esm-pkg","type":"module","exports":"./index.js"}`,
    'node_modules/esm-pkg/index.js': `import { x } from './x.js'; export const esm = x`,
    'node_modules/esm-pkg/x.js': `export const x = 'esm'`,
    'node_modules/cjs-pkg/package.json': `{"name":"cjs-pkg","main":"main.js"}`,
    'node_modules/cjs-pkg/main.js': `exports.named = require('./lib/sub') + '!'`,
    'node_modules/cjs-pkg/lib/sub.js': `module.exports = 'sub'`,
    'node_modules/computed-pkg/package.json': `{"name":"computed-pkg"}`,
    'node_modules/computed-pkg/index.js': `const all = { hidden: 'h', also: 'a' }; for (const k in all) module.exports[k] = all[k]`,
  })
  assert.deepEqual(result, { esm: 'esm', cjs: 'sub!', named: 'sub!', sub: 'sub', hidden: 'h', other: 'a' })
})

test('odd names load; motia/workbench resolves', async () => {
  await withWorker(
    {
      'steps/01 - first % try#1.step.ts': `import { ApiNode } from 'motia/workbench'; ${CONFIG}; export const handler = () => ({ node: typeof ApiNode })`,
    },
    async (core, [loaded]) => {
      assert.equal(loaded!.error, undefined)
      const done = await core.event('steps/01 - first % try#1.step.ts', {})
      assert.deepEqual(json(done), { node: 'undefined' })
    },
  )
})

test('imports: own files, directly or not, relative to the root; also of a file that fails', async () => {
  await withWorker(
    {
      'steps/a.step.ts': `import { a } from '../lib/a'; import 'pkg'; import d from '../d.json'; ${CONFIG}; export const handler = () => a ?? d`,
      'steps/b.step.js': `const { a } = require('../lib/a'); exports.config = { type: 'noop' }; exports.handler = () => a`,
      'steps/c.step.ts': `import '../lib/broken'; ${CONFIG}`,
      'lib/a.ts': `import { b } from './b'; export const a = b`,
      'lib/b.ts': `export const b = 1`,
      'lib/broken.ts': `export const x = ;`,
      'd.json': '{}',
      'node_modules/pkg/package.json': '{"name":"pkg"}',
      'node_modules/pkg/index.js': '',
    },
    async (_core, [a, b, c]) => {
      assert.deepEqual(a!.imports.sort(), ['d.json', 'lib/a.ts', 'lib/b.ts'])
      assert.deepEqual(b!.imports.sort(), ['lib/a.ts', 'lib/b.ts'])
      assert.deepEqual(c!.imports, ['lib/broken.ts'])
      assert.equal(c!.error.file, 'lib/broken.ts')
      assert.equal(c!.error.line, 1)
      assert.equal(c!.error.column, 18)
      assert.equal(c!.error.name, 'SyntaxError')
    },
  )
})

test('load errors name file and line of the author, and do not stop the next file', async () => {
  await withWorker(
    {
      'steps/a.step.ts': `interface Unused { x: number }\n\nconst x: any = undefined\nx.y.z\n`,
      'steps/b.step.ts': `import { nothing } from '../lib/empty'\nexport const config = { type: 'noop' }; nothing()`,
      'steps/c.step.ts': `import '../lib/missing'`,
      'steps/d.step.ts': `throw 'just text'`,
      'steps/e.step.js': `export const config = {\n  bad bad\n}`,
      'steps/f.step.ts': `${CONFIG}; export const handler = (a: any, b: any, c: any) => c`,
      'steps/g.step.ts': `process.exit(3)`,
      'steps/h.step.ts': `${CONFIG}\nconst mark = (c: any) => c\n@mark\nclass A {}`,
      'steps/z.step.ts': CONFIG,
      'lib/empty.ts': `export const something = 1`,
    },
    async (_core, loaded) => {
      const [a, b, c, d, e, f, g, h, z] = loaded.map(({ error }) => error)
      assert.deepEqual([a.name, a.file, a.line], ['TypeError', 'steps/a.step.ts', 4])
      assert.match(b.message, /nothing/)
      assert.match(c.message, /missing/)
      assert.equal(d.message, 'just text')
      assert.deepEqual([e.name, e.file, e.line], ['SyntaxError', 'steps/e.step.js', 2])
      assert.match(f.message, /at most two/)
      assert.match(g.message, /process\.exit/)
      assert.deepEqual([h.line, /experimentalDecorators/.test(h.message)], [3, true])
      assert.equal(z, undefined)
      assert.doesNotMatch(a.stack, /dist\/|node:internal/)
    },
  )
})

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !condition();) {
    assert.ok(Date.now() < end, 'it did not happen within 10 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('the cache is private, used, and may be deleted', async () => {
  const { root, remove } = project({ 'steps/a.step.ts': `${CONFIG}; export const handler = (): number => 1` })
  const cache = join(root, '.motia/cache/node')
  for (const round of ['written', 'read', 'deleted']) {
    if (round === 'deleted') rmSync(cache, { recursive: true })
    const core = new FakeCore(root)
    const [loaded] = await core.load('steps/a.step.ts')
    assert.equal(loaded!.error, undefined)
    assert.equal(json(await core.event('steps/a.step.ts', {})), 1)
    await until(() => existsSync(cache) && readdirSync(cache).some((file) => file.endsWith('.js'))) // written when idle
    core.send({ t: 'drain' })
    assert.equal(await core.exited, 0)
    assert.equal(readdirSync(cache).length, 1)
    assert.match(readFileSync(join(cache, readdirSync(cache)[0]!), 'utf8'), /^m\n/)
  }
  remove()
})
