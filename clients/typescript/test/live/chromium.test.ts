import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, before, test } from 'node:test'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { BreakableLine, Core, Writer } from './core.js'

const HTML =
  '<!doctype html><title>live</title><link rel="icon" href="data:,"><div id="root"></div><script src="/page.js"></script>'
const DISCONNECTS = 10

const core = new Core()
let site: Server
let browser: Browser
let home: string

before(async () => {
  await core.start()
  const script = await bundled()
  site = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : HTML)
  })
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done))
  home = `http://127.0.0.1:${(site.address() as { port: number }).port}/`
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
})

after(async () => {
  await browser?.close()
  site?.close()
  await core.stop()
})

/** The page, as a bundler makes it that knows the address as Vite does. React's development build mounts everything twice. */
async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['test/live/page.tsx'],
    bundle: true,
    write: false,
    format: 'iife',
    jsx: 'automatic',
    define: {
      'process.env.NODE_ENV': '"development"',
      'import.meta.env.VITE_MOTIA_WS_URL': JSON.stringify(core.address),
    },
  })
  return outputFiles[0]?.text ?? ''
}

/** An open page, what it said to the core, and what went wrong in it. */
async function open(address: string): Promise<{ page: Page; said: string[]; problems: string[] }> {
  const page = await browser.newPage()
  const said: string[] = []
  const problems: string[] = []
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => said.push(String(payload))))
  page.on('pageerror', (problem) => problems.push(problem.message))
  page.on('console', (line) => {
    if (line.type() === 'error' && !line.text().includes('WebSocket connection')) problems.push(line.text())
  })
  await page.goto(address)
  return { page, said, problems }
}

async function shows(page: Page, name: string, text: string): Promise<void> {
  await page.waitForFunction(([id, wanted]) => document.getElementById(id as string)?.textContent === wanted, [name, text])
}

test('the hooks show what is there and what happens, over a core that is killed', async () => {
  await core.set('chat', 'page', 'a', { n: 1 })
  const { page, said, problems } = await open(`${home}?url=${core.address}`)
  await shows(page, 'first', 'live: a1')
  await core.set('chat', 'page', 'b', { n: 1 })
  await core.set('chat', 'page', 'a', { n: 2 })
  await core.write('chat', 'page', { send: 'wave', data: 3, id: 'a' })
  await shows(page, 'second', 'live: a2 b1')
  await shows(page, 'one', '2, 3 waves')
  await shows(page, 'everything', 'online: 2 items')
  await shows(page, 'secret', 'refused Access denied')
  const joins = said.map((text) => JSON.parse(text)).filter((each) => each.type === 'join')
  const targets = joins.map(({ data }) => [data.streamName, data.groupId, data.id].join('/')).sort()
  assert.deepEqual(targets, ['chat/default/page', 'chat/numbers/', 'chat/page/', 'chat/page/a', 'secret/page/'])

  await core.kill()
  await shows(page, 'first', 'offline: a2 b1')
  await core.start()
  await core.write('chat', 'page', { delete: 'b' })
  await shows(page, 'first', 'live: a2')
  await shows(page, 'everything', 'online: 1 items')
  assert.deepEqual(problems, [])
  await page.close()
})

test('WS-21 without a provider the address is what the bundler knows', async () => {
  await core.set('chat', 'page', 'z', { n: 9 })
  const { page, problems } = await open(home)
  await page.waitForFunction(() => document.getElementById('first')?.textContent?.endsWith('z9'))
  assert.deepEqual(problems, [])
  await page.close()
})

test(`${DISCONNECTS} times the line breaks while somebody writes: a browser has no gaps and no repeats`, async (context) => {
  const line = new BreakableLine(core)
  context.after(() => line.stop())
  const { page } = await open(`${home}?url=${await line.start()}`)
  const heard = (): Promise<number[]> => page.evaluate(() => (window as any).heard)
  const hears = (count: number): Promise<unknown> => page.waitForFunction((n) => (window as any).heard.length >= n, count)
  await page.waitForFunction(() => (window as any).begun)
  const writer = new Writer(core, 'chat', 'numbers')
  context.after(() => writer.stop())
  for (let broken = 0; broken < DISCONNECTS; broken += 1) {
    await hears((await heard()).length + 5)
    line.break()
  }
  const written = await writer.stop()
  await hears(written)
  assert.deepEqual(
    await heard(),
    Array.from({ length: written }, (_, index) => index + 1),
  )
  await page.close()
})
