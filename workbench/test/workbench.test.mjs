// Every page's main job, in a browser, against a real core.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { Core, launch } from './core.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const limit = { timeout: 20_000 }
let core
let browser

before(
  async () => {
    ;[core, browser] = await Promise.all([Core.start(), launch()])
    await core.order('ok@x.org')
    await core.order('bad@x.org', { fails: true })
    await core.until(async () => (await core.get('/__motia/queue/dead')).length === 1)
  },
  { timeout: 60_000 },
)
after(async () => {
  await browser?.close()
  await core?.stop()
})

/** A page at an address; what the browser complains about fails the test. */
async function visit(address, work, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints = []
  page.on('pageerror', (problem) => complaints.push(String(problem)))
  page.on('dialog', (dialog) => complaints.push(`a dialog opened: ${dialog.message()}`))
  page.on('console', (message) => /Content Security Policy/.test(message.text()) && complaints.push(message.text()))
  try {
    await page.goto(`${core.url}/#${address}`)
    await work(page)
    assert.deepEqual(complaints, [])
  } finally {
    await context.close()
  }
}

const see = (locator) => locator.first().waitFor()

test('Flows: the graph, a Step with its source, and the same after a reload', limit, () =>
  visit('/flows', async (page) => {
    await page.locator('.node', { hasText: 'Ship' }).click()
    await page.getByRole('tab', { name: 'Source' }).click()
    await see(page.getByText('class CarrierUnavailable'))
    await page.reload()
    await see(page.getByText('class CarrierUnavailable'))
    assert.match(page.url(), /step=Ship&tab=source/)
  }),
)

test('Flows: a file that is saved redraws the graph', limit, () =>
  visit('/flows/orders', async (page) => {
    await see(page.locator('.node', { hasText: 'Nightly' }))
    const { renameSync, writeFileSync } = await import('node:fs')
    writeFileSync(
      `${core.folder}/late.tmp`,
      "config = {'type': 'event', 'name': 'LateComer', 'subscribes': ['order.placed'], 'flows': ['orders']}\nasync def handler(input): pass\n",
    )
    renameSync(`${core.folder}/late.tmp`, `${core.folder}/steps/late_step.py`)
    await see(page.locator('.node', { hasText: 'LateComer' }))
  }),
)

test('Endpoints: fill in the form, send, and open the run it made', limit, () =>
  visit('/endpoints/POST/%2Forders%2F%3Ashop', async (page) => {
    await page.getByLabel('email *').fill('form@x.org')
    await page.getByRole('tab', { name: 'Parameters' }).click()
    await page.getByLabel('shop (in the path)').fill('a b')
    await page.getByRole('button', { name: 'Send' }).click()
    await see(page.getByRole('region', { name: 'Response', exact: true }).getByText('202'))
    await page.getByRole('tab', { name: 'cURL' }).click()
    await see(page.getByText('/orders/a%20b'))
    await page.getByRole('link', { name: 'Open the run' }).click()
    await see(page.getByRole('treeitem', { name: /^Place/ }))
    await see(page.getByRole('treeitem', { name: /Ship/ }))
  }),
)

test('Runs: a new run appears by itself, and a filter is part of the address', limit, () =>
  visit('/runs', async (page) => {
    await see(page.getByRole('grid', { name: 'Runs' }))
    const { trace } = await core.order('live@x.org')
    await see(page.getByRole('row').filter({ hasText: trace.slice(0, 8) }))
    await page.getByRole('radio', { name: 'Failed' }).click()
    await see(page.getByText('Failed').nth(1))
    assert.match(page.url(), /status=error/)
    await page.reload()
    await page
      .getByRole('row')
      .filter({ hasText: trace.slice(0, 8) })
      .waitFor({ state: 'detached' })
  }),
)

test(
  'Runs: a failure shows its error as text, its input, its logs, and leads to the dead letter and the code',
  limit,
  async () => {
    const dead = (await core.get('/__motia/queue/dead'))[0]
    await visit(`/runs/${dead.traceId}`, async (page) => {
      await see(page.getByText('nobody answers <img src=x onerror=alert(1)>'))
      assert.equal(await page.locator('img').count(), 0)
      await see(page.getByText('"bad@x.org"'))
      await page.getByRole('tab', { name: /^Logs/ }).click()
      await see(page.getByText('Carrier refused'))
      await page.getByRole('tab', { name: 'About' }).click()
      await page.getByRole('link', { name: /Dead letter/ }).click()
      await see(page.getByRole('button', { name: 'Redrive', exact: true }))
      await page.goBack()
      await page.getByRole('link', { name: 'steps/ship_step.py' }).click()
      await see(page.getByText('class CarrierUnavailable'))
    })
  },
)

test('Runs: the timeline is walked and folded with the keyboard', limit, async () => {
  const dead = (await core.get('/__motia/queue/dead'))[0]
  await visit(`/runs/${dead.traceId}`, async (page) => {
    await page.getByRole('treeitem').first().click()
    await page.keyboard.press('ArrowDown')
    assert.match(await page.getByRole('treeitem', { selected: true }).innerText(), /state\.set/)
    await page.keyboard.press('ArrowUp')
    const all = await page.getByRole('treeitem').count()
    await page.keyboard.press('ArrowLeft')
    await page.waitForFunction((before) => document.querySelectorAll('[role=treeitem]').length < before, all)
  })
})

test('Logs: live, filtered by level, and never as HTML', limit, () =>
  visit('/logs', async (page) => {
    await see(page.getByText('Order placed'))
    await core.order('log@x.org')
    await see(page.getByText('"log@x.org"'))
    await page.getByRole('radio', { name: 'Errors' }).click()
    await see(page.getByText('Carrier refused'))
    await page.getByText('Order placed').first().waitFor({ state: 'detached' })
    await page
      .getByRole('button', { name: /Carrier refused/ })
      .first()
      .click()
    await see(page.getByRole('complementary', { name: 'Log record' }))
  }),
)

test('State: a value is edited, and deleted after a question', limit, () =>
  visit('/state/orders/ok%40x.org', async (page) => {
    await see(page.getByText('"<img src=x onerror=alert(1)>"'))
    assert.equal(await page.locator('img').count(), 0)
    await page.getByRole('tab', { name: 'Edit' }).click()
    await page.getByLabel('JSON', { exact: true }).fill('{"shop": ')
    await see(page.getByRole('alert'))
    assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled())
    await page.getByLabel('JSON', { exact: true }).fill('{"shop": "other"}')
    await page.getByRole('button', { name: 'Save' }).click()
    await see(page.getByRole('group', { name: 'Value' }).getByText('"other"'))
    assert.deepEqual((await core.get('/__motia/state/item?groupId=orders&key=ok@x.org')).value, { shop: 'other' })
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete value' }).click()
    await core.until(async () => !(await core.get('/__motia/state?groupId=orders')).some((each) => each.key === 'ok@x.org'))
  }),
)

test('Streams: a group is watched live', limit, () =>
  visit('/streams/shipments/today', async (page) => {
    await see(page.getByText('Live', { exact: true }))
    await core.post('/__motia/streams/set', {
      streamName: 'shipments',
      groupId: 'today',
      itemId: 'watched',
      data: { status: 'packed' },
    })
    await page.getByRole('row').filter({ hasText: 'watched' }).click()
    await see(page.getByRole('complementary').getByText('"packed"'))
    await core.post('/__motia/streams/set', {
      streamName: 'shipments',
      groupId: 'today',
      itemId: 'watched',
      data: { status: 'gone' },
    })
    await see(page.getByRole('complementary').getByText('"gone"'))
  }),
)

test('Queues: what is scheduled can be cancelled', limit, async () => {
  await core.post('/__motia/emit', { topic: 'order.placed', data: { email: 'later@x.org' }, delay: 3_600_000 })
  await visit('/queues/scheduled', async (page) => {
    const row = page.getByRole('row').filter({ hasText: 'later@x.org' })
    await row.first().getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel delivery' }).click()
    await see(page.getByText('Cancelled'))
  })
})

test('Queues: a dead letter tells why, and is redriven after saying how many', limit, async () => {
  const [letter] = await core.get('/__motia/queue/dead')
  await core.post('/__motia/state', { groupId: 'carrier', key: 'back', value: true })
  await visit(`/queues/dead/${letter.id}`, async (page) => {
    await see(page.getByRole('complementary').getByText('CarrierUnavailable').first())
    await see(page.getByRole('complementary').getByText('"bad@x.org"'))
    await page.getByRole('button', { name: 'Redrive all' }).click()
    await see(page.getByRole('alertdialog').getByText('Redrive 1 dead letter?'))
    await page.getByRole('alertdialog').getByRole('button', { name: 'Redrive 1' }).click()
    await see(page.getByText('Redriven: 1 dead letter'))
    await core.until(async () => (await core.get('/__motia/queue/dead')).length === 0)
  })
})

test('Cron: in words, with the next ticks, and run now', limit, () =>
  visit('/cron', async (page) => {
    await see(page.getByText('At 03:00'))
    assert.equal(await page.getByRole('list', { name: 'Next ticks' }).getByRole('listitem').count(), 5)
    await page.getByRole('button', { name: 'Run now' }).click()
    await see(page.getByRole('treeitem', { name: /Nightly/ }))
  }),
)

test('Workers and Overview show what is there', limit, () =>
  visit('/workers', async (page) => {
    await see(page.getByRole('row').filter({ hasText: 'Python' }))
    await page.getByRole('link', { name: 'Overview' }).click()
    await see(page.getByRole('region', { name: 'Latest failures' }).getByText('Place'))
  }),
)

test('Keyboard: the palette opens anything, g and a letter go to a page, / searches', limit, () =>
  visit('/', async (page) => {
    await see(page.getByRole('heading', { name: 'Latest runs' }))
    await page.keyboard.press('Control+k')
    await page.keyboard.type('step Ship')
    await see(page.getByRole('option', { name: /Ship/ }))
    await page.keyboard.press('Enter')
    await see(page.getByRole('complementary', { name: 'Step Ship' }))
    await page.locator('main').focus()
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await see(page.getByRole('grid', { name: 'Runs' }))
    await page.keyboard.press('/')
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('type')), 'search')
  }),
)

test('Theme: the choice stays', limit, () =>
  visit('/settings', async (page) => {
    await page.getByRole('radio', { name: 'Dark' }).click()
    await page.reload()
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark')
  }),
)

test('Login: from elsewhere nothing is shown without the token', limit, () =>
  visit(
    '/state/orders',
    async (page) => {
      await page.getByLabel('Admin token').fill('wrong')
      await page.getByRole('button', { name: 'Open' }).click()
      await see(page.getByRole('alert'))
      await page.getByLabel('Admin token').fill(core.token)
      await page.getByRole('button', { name: 'Open' }).click()
      await see(page.getByRole('grid', { name: 'State orders' }))
      assert.equal(await page.evaluate(() => document.cookie), '')
      await page.reload()
      await see(page.getByRole('grid', { name: 'State orders' }))
    },
    { extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.9' } },
  ),
)

const PAGES = [
  '/',
  '/flows',
  '/flows/orders?step=Ship',
  '/runs',
  '/logs',
  '/endpoints/POST/%2Forders%2F%3Ashop',
  '/state/orders',
  '/streams/shipments',
  '/streams/shipments/today',
  '/queues',
  '/queues/scheduled',
  '/queues/dead',
  '/cron',
  '/workers',
  '/settings',
]

// What is not about colours is the same in both.
const RULES = { light: { resultTypes: ['violations'] }, dark: { resultTypes: ['violations'], runOnly: ['color-contrast'] } }

for (const [colorScheme, options] of Object.entries(RULES)) {
  test(`axe finds nothing serious on any page, ${colorScheme}`, { timeout: 60_000 }, async () => {
    const [trace] = await core.get('/__motia/traces?status=error&limit=1')
    await visit(
      '/',
      async (page) => {
        await page.evaluate(AXE)
        const found = []
        for (const address of [...PAGES, `/runs/${trace.id}`]) {
          await page.evaluate((to) => (location.hash = to), address)
          await see(page.locator('h1, .empty h2'))
          await page.locator('.skeleton').first().waitFor({ state: 'detached' })
          const { violations } = await page.evaluate((given) => axe.run(document, given), options)
          for (const each of violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')) {
            found.push(
              `${address}: ${each.id}: ${each.nodes
                .map((node) => `${node.html} ${node.any[0]?.message ?? ''}`)
                .slice(0, 3)
                .join(' | ')}`,
            )
          }
        }
        assert.deepEqual(found, [])
      },
      { colorScheme },
    )
  })
}
