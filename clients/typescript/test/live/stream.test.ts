import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { Stream, type StreamGroupSubscription, type StreamOptions, type StreamSubscription } from 'motia-stream-client'
import { WebSocket } from 'ws'
import { BreakableLine, Core, until, Writer } from './core.js'

type Item = { id: string; n: number }

// The full number of the requirement is 200; MOTIA_DISCONNECTS sets it.
const DISCONNECTS = Number(process.env.MOTIA_DISCONNECTS ?? 40)
const QUICK = { firstMs: 20, capMs: 200 }

const core = new Core()
const opened: Stream[] = []

before(() => core.start())
after(() => core.stop())
afterEach(() => {
  for (const stream of opened.splice(0)) stream.close()
})

function stream(options: StreamOptions = {}, address = core.address): Stream {
  const made = new Stream(address, { WebSocket, reconnect: QUICK, ...options })
  opened.push(made)
  return made
}

function shown(group: StreamGroupSubscription<Item>): string {
  return group
    .getState()
    .map((each) => `${each.id}${each.n}`)
    .join(' ')
}

async function shows(group: StreamGroupSubscription<Item>, wanted: string): Promise<void> {
  await until(() => shown(group) === wanted, group.addChangeListener, `${wanted}, not ${shown(group)}`)
}

async function becomes(subscription: StreamSubscription<any, any>, status: string): Promise<void> {
  await until(() => subscription.status === status, subscription.addStatusListener, `${status}, not ${subscription.status}`)
}

test('a group and an item follow creates, updates, deletes and events', async () => {
  const client = stream()
  const group = client.subscribeGroup<Item>('chat', 'life')
  const one = client.subscribeItem<Item>('chat', 'life', 'b')
  await becomes(one, 'live')
  assert.equal(one.getState(), null)
  await core.set('chat', 'life', 'a', { n: 1 })
  await core.set('chat', 'life', 'b', { n: 1 })
  await shows(group, 'a1 b1')
  await core.set('chat', 'life', 'a', { n: 2 })
  await shows(group, 'a2 b1')
  assert.equal(one.getState()?.n, 1)
  await core.write('chat', 'life', { delete: 'a' })
  await shows(group, 'b1')
  const heard: unknown[] = []
  group.onEvent('wave', (data) => heard.push(['group', data]))
  const waved = new Promise<void>((done) =>
    one.onEvent('wave', (data) => {
      heard.push(['item', data])
      done()
    }),
  )
  await core.write('chat', 'life', { send: 'wave', data: 'to all' })
  await core.write('chat', 'life', { send: 'wave', data: 'to b', id: 'b' })
  await waved
  assert.deepEqual(heard.sort(), [
    ['group', 'to all'],
    ['group', 'to b'],
    ['item', 'to b'],
  ])
})

test('what is there is shown at once, oldest first; what was left is not heard of', async () => {
  await core.set('chat', 'there', 'z', { n: 1 })
  await core.set('chat', 'there', 'a', { n: 2 })
  const client = stream()
  const group = client.subscribeGroup<Item>('chat', 'there')
  await shows(group, 'z1 a2')
  const other = client.subscribeGroup<Item>('chat', 'elsewhere')
  group.close()
  await becomes(other, 'live')
  await core.set('chat', 'there', 'q', { n: 3 })
  await core.set('chat', 'elsewhere', 'q', { n: 3 })
  await shows(other, 'q3')
  assert.equal(shown(group), 'z1 a2')
})

test('STR-34 tokens decide who may join', async () => {
  const nobody = stream().subscribeGroup('secret', 'room')
  await becomes(nobody, 'refused')
  assert.equal(nobody.error?.code, 'STREAM_ACCESS_DENIED')
  await becomes(stream({ authToken: 'ann' }).subscribeGroup('secret', 'room'), 'live')
  await becomes(stream({ protocols: ['Authorization', 'ann'] }).subscribeItem('secret', 'room', 'x'), 'live')
})

test('who is not let in at all sees that, and keeps trying', async () => {
  let token = 'stolen'
  const client = stream({ authToken: () => token })
  const group = client.subscribeGroup('chat', 'auth')
  await until(() => client.status === 'offline', client.addStatusListener, 'offline')
  assert.match(String(client.problem), /401/)
  token = 'bob'
  await becomes(group, 'live')
})

test('WS-14 a stream that is not there yet begins when it is', async () => {
  const group = stream().subscribeGroup<Item>('unheard-of', 'room')
  await becomes(group, 'waiting')
  assert.equal(group.error?.message, 'Stream unheard-of not found')
  await core.set('unheard-of', 'room', 'a', { n: 1 })
  await shows(group, 'a1')
})

test('a core that is killed and started again is found again, with everything', async () => {
  const client = stream()
  const group = client.subscribeGroup<Item>('chat', 'killed')
  await becomes(group, 'live')
  await core.set('chat', 'killed', 'a', { n: 1 })
  await shows(group, 'a1')
  await core.kill()
  await becomes(group, 'offline')
  assert.equal(shown(group), 'a1')
  await core.start()
  await core.set('chat', 'killed', 'b', { n: 2 })
  await shows(group, 'a1 b2')
  assert.equal(client.status, 'online')
})

test(`${DISCONNECTS} times the line breaks while somebody writes: no gaps, no repeats`, async (context) => {
  const line = new BreakableLine(core)
  context.after(() => line.stop())
  const client = stream({ reconnect: { firstMs: 5, capMs: 20 } }, await line.start())
  const group = client.subscribeGroup<Item>('chat', 'broken')
  await becomes(group, 'live')
  const heard: number[] = []
  let syncs = 0
  group.addMessageListener(({ event }) => {
    if (event.type === 'sync') syncs += 1
    else if (event.type !== 'event') heard.push(event.data.n)
  })
  const writer = new Writer(core, 'chat', 'broken')
  context.after(() => writer.stop())
  for (let broken = 0; broken < DISCONNECTS; broken += 1) {
    const before = heard.length
    await becomes(group, 'live')
    // Sometimes in the middle of what was missed, sometimes later.
    await until(
      () => heard.length > before + (broken % 7),
      (look) => group.addMessageListener(look),
      'messages',
    )
    line.break()
    await becomes(group, 'offline')
  }
  const written = await writer.stop()
  await until(
    () => heard.at(-1) === written,
    (look) => group.addMessageListener(look),
    `${written}, not ${heard.at(-1)}`,
  )
  const gaps = heard.filter((n, index) => n > (heard[index - 1] ?? 0) + 1).length
  const repeats = heard.filter((n, index) => n <= (heard[index - 1] ?? 0)).length
  context.diagnostic(`${DISCONNECTS} disconnects, ${heard.length} of ${written} writes heard, ${gaps} gaps, ${repeats} repeats`)
  assert.deepEqual({ heard: heard.length, gaps, repeats, syncs }, { heard: written, gaps: 0, repeats: 0, syncs: 0 })
  assert.equal(group.getState().length, 50)
})
