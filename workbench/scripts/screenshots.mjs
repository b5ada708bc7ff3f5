// Pictures of every page, light and dark, of a core that runs: node scripts/screenshots.mjs http://localhost:3000 [FOLDER]
import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'

const [root = 'http://localhost:3000', folder = '../screenshots'] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const core = async (path) => (await fetch(root + path)).json()
const failed = (await core('/__motia/traces?status=error&limit=1'))[0]
const orders = (await core('/__motia/traces?limit=50')).find((each) => each.kind === 'http' && each.steps > 2) ?? failed
const dead = (await core('/__motia/queue/dead?limit=1'))[0]
const item = (await core('/__motia/state'))[0]
const stream = (await core('/__motia/streams')).streams[0]
const group = stream && (await core(`/__motia/streams/groups/${stream.name}`))[0]

const pages = {
  overview: '/',
  flows: '/flows',
  'flows-step': '/flows/orders?step=PriceOrder&tab=source',
  'flows-run': orders && `/flows/orders?run=${orders.id}`,
  runs: '/runs',
  run: orders && `/runs/${orders.id}`,
  'run-failed': failed && `/runs/${failed.id}`,
  logs: '/logs',
  endpoints: '/endpoints/POST/%2Forders',
  state: item && `/state/${encodeURIComponent(item.groupId)}/${encodeURIComponent(item.key)}`,
  streams: stream ? `/streams/${stream.name}` : '/streams',
  'streams-group': group && `/streams/${stream.name}/${group}`,
  queues: '/queues',
  'queues-scheduled': '/queues/scheduled',
  'queues-dead': dead ? `/queues/dead/${dead.id}` : '/queues/dead',
  cron: '/cron',
  workers: '/workers',
  settings: '/settings',
}
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
for (const [scheme, size] of [
  ['light', { width: 1360, height: 850 }],
  ['dark', { width: 1360, height: 850 }],
  ['light', { width: 390, height: 800 }],
]) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: size, reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.on(
    'console',
    (message) => ['error', 'warning'].includes(message.type()) && console.log(scheme, page.url(), message.text()),
  )
  page.on('pageerror', (problem) => console.log(scheme, page.url(), problem.message))
  const kind = size.width < 500 ? 'phone' : scheme
  for (const [name, address] of Object.entries(pages)) {
    if (!address) continue
    await page.goto(`${root}/#${address}`)
    await page.waitForTimeout(500)
    if (name === 'endpoints')
      await page
        .getByRole('button', { name: 'Send' })
        .click()
        .then(() => page.waitForTimeout(300))
    await page.screenshot({ path: `${folder}/${name}-${kind}.png` })
  }
  await page.keyboard.press('Control+k')
  await page.waitForTimeout(300)
  await page.screenshot({ path: `${folder}/palette-${kind}.png` })
  await context.close()
}
await browser.close()
