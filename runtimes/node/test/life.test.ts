import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { FakeCore, httpKeys, json, project, withWorker } from './fake-core.ts'

const QUIET = `export const config = { type: 'event', subscribes: ['t'] }\nexport const handler = async () => 1`

test('hello comes first; the environment is clean and children inherit no socket', async () => {
  await withWorker(
    {
      'steps/e.step.js': `import { execFileSync } from 'node:child_process'
        export const config = { type: 'event', subscribes: ['t'] }
        export const handler = () => ({ env: Object.keys(process.env).filter((name) => name.startsWith('MOTIA_WORKER')), cwd: process.cwd() === process.env.MOTIA_PROJECT_ROOT,
          fds: process.platform === 'linux' ? execFileSync('sh', ['-c', 'ls -l /proc/self/fd'], { encoding: 'utf8' }).split('\\n').filter((line) => / 3 ->/.test(line) && line.includes('socket')) : [] })`,
    },
    async (core) => {
      assert.equal(core.frames[0]!.t, 'hello')
      const { protocol, language, runtime, pid } = core.frames[0]!.header
      assert.deepEqual(
        [protocol, language, runtime, pid],
        [1, 'javascript', `Node.js ${process.versions.node}`, core.process.pid],
      )
      assert.deepEqual(json(await core.event('steps/e.step.js', {})), { env: [], cwd: true, fds: [] })
    },
  )
})

test('the end of the socket is the end of the worker, also in the middle of work', async () => {
  const { root, remove } = project({
    'steps/e.step.js': `exports.config = { type: 'event', subscribes: ['t'] }; exports.handler = () => { setInterval(() => {}, 1000); return new Promise(() => {}) }`,
  })
  const core = new FakeCore(root)
  await core.load('steps/e.step.js')
  core.start({ entry: 'steps/e.step.js', kind: 'event', topic: 't', deliveryId: 'd' }, '{}')
  await core.stop()
  assert.equal(core.process.exitCode, 0)
  remove()
})

test('broken frames end the worker with status 70', async () => {
  for (const bytes of [
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
    Buffer.from('\0\0\0\x02\0\0\0\0[]'),
    Buffer.from('\0\0\0\x0e\0\0\0\0{"t":"strange"}'.slice(0, 8 + 15).replace('\x0e', '\x0f')),
  ]) {
    const { root, remove } = project({})
    const core = new FakeCore(root)
    await core.frame(({ t }) => t === 'hello')
    core.sendRaw(bytes)
    assert.equal(await core.exited, 70)
    assert.match(core.stderr, /^motia worker: /)
    remove()
  }
})

test('drain: calls finish, then the worker ends with status 0', async () => {
  const { root, remove } = project({
    'steps/e.step.ts': `let go: () => void; export const config = { type: 'event', subscribes: ['t'] }; export const handler = ({ wait }: any) => wait ? new Promise((done) => { go = () => done('waited') }) : go()`,
  })
  const core = new FakeCore(root)
  await core.load('steps/e.step.ts')
  const waiting = core.start({ entry: 'steps/e.step.ts', kind: 'event', topic: 't', deliveryId: 'd' }, '{"wait":true}')
  const release = core.start({ entry: 'steps/e.step.ts', kind: 'event', topic: 't', deliveryId: 'd' }, '{}')
  core.send({ t: 'drain' })
  await core.outcome(release)
  assert.equal(json(await core.outcome(waiting)), 'waited')
  assert.equal(await core.exited, 0)
  remove()
})

test('cancel: the signal aborts with the reason; who goes on is answered when done', async () => {
  await withWorker(
    {
      'steps/c.step.ts': `export const config = { type: 'api', path: '/' }
        export const handler = async ({ body: { how } }: any, { signal, logger }: any) => {
          logger.info('running')
          const aborted = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
          if (how === 'throws') await aborted
          await aborted.catch(() => {})
          return { how, reason: signal.reason.name, late: signal.aborted }
        }`,
      'steps/quiet.step.ts': QUIET,
    },
    async (core) => {
      const start = async (how: string, reason: string) => {
        const id = core.start({ entry: 'steps/c.step.ts', kind: 'http', ...httpKeys({}) }, JSON.stringify({ how }))
        await core.frame(({ t, header }) => t === 'log' && header.call === id)
        core.send({ t: 'cancel', id, reason })
        return core.outcome(id)
      }
      const thrown = (await start('throws', 'timeout')).header
      assert.deepEqual([thrown.reason, thrown.error.name], ['cancelled', 'TimeoutError'])
      assert.deepEqual(json(await start('goes on', 'disconnect')), { how: 'goes on', reason: 'AbortError', late: true })
      core.send({ t: 'cancel', id: 999, reason: 'timeout' })
      assert.equal(json(await core.event('steps/quiet.step.ts', {})), 1)
    },
  )
})

test('many calls at once, answered out of order, each once and with its own context', async () => {
  await withWorker(
    {
      'steps/m.step.ts': `import { logger, getContext } from 'motia'
        let all: (() => void)[] = []
        export const config = { type: 'event', subscribes: ['t'] }
        export const handler = async ({ n, last }: any, { traceId }: any) => {
          const turn = new Promise<void>((go) => all.push(go))
          if (last) for (const go of all.reverse()) go()
          await turn
          await new Promise(setImmediate)
          logger.info('n' + n)
          return [n, traceId === getContext().traceId]
        }`,
    },
    async (core) => {
      const ids = Array.from({ length: 50 }, (_, n) =>
        core.start(
          { entry: 'steps/m.step.ts', kind: 'event', topic: 't', deliveryId: 'd', traceId: `trace-${n}` },
          JSON.stringify({ n, last: n === 49 }),
        ),
      )
      const results = await Promise.all(ids.map((id) => core.outcome(id).then(json)))
      assert.deepEqual(
        results,
        ids.map((_, n) => [n, true]),
      )
      ids.forEach((id, n) =>
        assert.deepEqual(
          core.logs(id).map(({ msg }) => msg),
          [`n${n}`],
        ),
      )
      assert.equal(core.frames.filter(({ t }) => t === 'done').length, 50)
    },
  )
})

test('over TCP the worker shows its secret first', async () => {
  const { root, remove } = project({})
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const secret = 's'.repeat(32)
  const worker = spawn(process.execPath, [fileURLToPath(new URL('../dist/worker/main.js', import.meta.url))], {
    cwd: root,
    env: { ...process.env, MOTIA_WORKER_SOCKET: `tcp:127.0.0.1:${port}`, MOTIA_WORKER_SECRET: secret, MOTIA_PROJECT_ROOT: root },
    stdio: 'inherit',
  })
  const [socket] = await once(server, 'connection')
  let received = ''
  for await (const chunk of socket) {
    received += chunk
    if (received.includes('"hello"')) break
  }
  assert.equal(received.slice(0, 32), secret)
  socket.destroy()
  const [status] = await once(worker, 'exit')
  assert.equal(status, 0)
  server.close()
  remove()
})
