import assert from 'node:assert/strict'
import { beforeEach, mock, type TestContext, test } from 'node:test'
import { Stream, type StreamOptions } from 'motia-stream-client'
import { FakeServer, item, settled } from './fake-server.js'

type Item = { id: string; n: number }

let server: FakeServer

beforeEach((context) => {
  server = new FakeServer()
  mock.timers.enable({ apis: ['setTimeout'] })
  ;(context as TestContext).after(() => mock.timers.reset())
})

function streamOf(options: StreamOptions = {}): Stream {
  return new Stream('ws://here', { WebSocket: server.Socket, ...options })
}

/** A stream with a live subscription to the group, which holds `a`. */
async function inRoom(options: StreamOptions = {}) {
  const stream = streamOf(options)
  const group = stream.subscribeGroup<Item>('chat', 'room')
  await settled()
  server.last.open()
  server.last.tell(10, { type: 'sync', data: [item('a')] })
  return { stream, group }
}

async function reconnected(): Promise<void> {
  mock.timers.tick(30_000)
  await settled()
  server.last.open()
}

test('WS-20 a group follows every event in the order of creation', async () => {
  const { group } = await inRoom()
  const seen: string[] = []
  group.addChangeListener((items) => seen.push(items.map((each) => `${each.id}${each.n}`).join(' ')))
  server.last.tell(11, { type: 'create', data: item('b') }, 'b')
  server.last.tell(12, { type: 'update', data: item('a', 1) }, 'a')
  server.last.tell(13, { type: 'delete', data: item('a', 1) }, 'a')
  server.last.tell(14, { type: 'create', data: item('a', 2) }, 'a')
  assert.deepEqual(seen, ['a0 b0', 'a1 b0', 'b0', 'b0 a2'])
  assert.equal(group.status, 'live')
})

test('WS-20 an item is what it is, and null when it is gone', async () => {
  const stream = streamOf()
  const subscription = stream.subscribeItem<Item>('chat', 'room', 'a')
  await settled()
  server.last.open()
  assert.equal(subscription.ready, false)
  server.last.tell(10, { type: 'sync', data: null }, 'a')
  assert.equal(subscription.ready, true)
  assert.equal(subscription.getState(), null)
  server.last.tell(11, { type: 'create', data: item('a', 1) }, 'a')
  assert.deepEqual(subscription.getState(), item('a', 1))
  server.last.tell(12, { type: 'delete', data: item('a', 1) }, 'a')
  assert.equal(subscription.getState(), null)
})

test('an item of a server that does not answer for what never was begins with its creation', async () => {
  const stream = streamOf()
  const subscription = stream.subscribeItem<Item>('chat', 'room', 'a')
  await settled()
  server.last.open()
  server.last.tell(11, { type: 'create', data: item('a', 1) }, 'a')
  assert.deepEqual(subscription.getState(), item('a', 1))
})

test('values that were given out do not change', async () => {
  const { group } = await inRoom()
  const before = group.getState()
  assert.equal(group.getState(), before)
  server.last.tell(11, { type: 'create', data: item('b') }, 'b')
  assert.deepEqual(before, [item('a')])
})

test('sortKey orders numbers by size, texts as people do, and what has none last', async () => {
  const stream = streamOf()
  const byNumber = stream.subscribeGroup<any>('chat', 'room', 'n')
  const byName = stream.subscribeGroup<any>('chat', 'room', 'name')
  await settled()
  server.last.open()
  const data = [
    { id: 'a', n: 10, name: 'zoe' },
    { id: 'b', n: 9 },
    { id: 'c', name: 'Émile' },
  ]
  server.last.tell(10, { type: 'sync', data })
  assert.deepEqual(
    byNumber.getState().map((each: Item) => each.id),
    ['b', 'a', 'c'],
  )
  assert.deepEqual(
    byName.getState().map((each: Item) => each.id),
    ['c', 'a', 'b'],
  )
  assert.equal(byName.getState(), byName.getState())
  assert.equal(server.last.joins().length, 1)
})

test("WS-10 one message of an item is the group's and the item's; an event without id is the group's", async () => {
  const { stream, group } = await inRoom()
  const one = stream.subscribeItem<Item>('chat', 'room', 'a')
  server.last.tell(11, { type: 'sync', data: item('a') }, 'a')
  const heard: string[] = []
  group.onEvent('wave', (data) => heard.push(`group ${data}`))
  one.onEvent('wave', (data) => heard.push(`item ${data}`))
  server.last.tell(12, { type: 'update', data: item('a', 5) }, 'a')
  server.last.tell(13, { type: 'event', event: { type: 'wave', data: 1 } }, 'a')
  server.last.tell(14, { type: 'event', event: { type: 'wave', data: 2 } })
  assert.deepEqual(one.getState(), item('a', 5))
  assert.deepEqual(group.getState(), [item('a', 5)])
  assert.deepEqual(heard, ['item 1', 'group 1', 'group 2'])
})

test('WS-11 what was heard already is not heard again', async () => {
  const { group } = await inRoom()
  const heard: number[] = []
  group.addMessageListener((message) => heard.push(message.timestamp))
  server.last.tell(12, { type: 'update', data: item('a', 2) }, 'a')
  server.last.tell(11, { type: 'update', data: item('a', 1) }, 'a')
  server.last.tell(12, { type: 'update', data: item('a', 2) }, 'a')
  assert.deepEqual(heard, [12])
  assert.deepEqual(group.getState(), [item('a', 2)])
})

test('after a reconnect exactly what was missed is heard', async () => {
  const { group } = await inRoom()
  const heard: number[] = []
  group.addMessageListener((message) => heard.push(message.timestamp))
  server.last.tell(11, { type: 'update', data: item('a', 1) }, 'a')
  server.last.break()
  assert.equal(group.status, 'offline')
  assert.deepEqual(group.getState(), [item('a', 1)])
  await reconnected()
  assert.deepEqual(
    server.last.joins().map((join) => join.after),
    [11],
  )
  server.last.tell(11, { type: 'resumed', data: { missed: 1 } })
  server.last.tell(12, { type: 'update', data: item('a', 2) }, 'a')
  assert.deepEqual(heard, [11, 12])
})

test('what another subscription hears before the answer does not hide what was missed', async () => {
  const { stream, group } = await inRoom()
  const one = stream.subscribeItem<Item>('chat', 'room', 'a')
  server.last.tell(11, { type: 'sync', data: item('a') }, 'a')
  server.last.break()
  await reconnected()
  const heard: number[] = []
  group.addMessageListener((message) => heard.push(message.timestamp))
  server.last.tell(11, { type: 'resumed', data: { missed: 0 } }, 'a')
  server.last.tell(20, { type: 'update', data: item('a', 2) }, 'a')
  server.last.tell(10, { type: 'resumed', data: { missed: 2 } })
  server.last.tell(15, { type: 'create', data: item('b', 1) }, 'b')
  server.last.tell(20, { type: 'update', data: item('a', 2) }, 'a')
  assert.deepEqual(heard, [15, 20])
  assert.deepEqual(one.getState(), item('a', 2))
})

test('what a new connection begins with is the truth, even with an older time', async () => {
  const { group } = await inRoom()
  server.last.break()
  await reconnected()
  server.last.tell(5, { type: 'sync', data: [item('z')] })
  server.last.tell(6, { type: 'update', data: item('z', 1) }, 'z')
  assert.deepEqual(group.getState(), [item('z', 1)])
})

test('WS-13 who may not join is told why, and asks again with the next connection', async () => {
  const stream = streamOf()
  const group = stream.subscribeGroup('chat', 'room')
  await settled()
  server.last.open()
  const denied = { type: 'event', event: { type: 'error', data: { code: 'STREAM_ACCESS_DENIED', message: 'Access denied' } } }
  const errors: unknown[] = []
  group.onEvent('error', (data) => errors.push(data))
  server.last.tell(10, denied)
  assert.equal(group.status, 'refused')
  assert.equal(group.error?.message, 'Access denied')
  assert.equal(errors.length, 1)
  server.last.break()
  await reconnected()
  server.last.tell(11, { type: 'sync', data: [] })
  assert.equal(group.status, 'live')
  assert.equal(group.error, undefined)
})

test('WS-14 a stream that is not there yet is waited for', async () => {
  const stream = streamOf()
  const group = stream.subscribeGroup<Item>('chat', 'room')
  await settled()
  server.last.open()
  const absent = { code: 'STREAM_ACCESS_DENIED', message: 'Stream chat not found' }
  server.last.tell(10, { type: 'event', event: { type: 'error', data: absent } })
  assert.equal(group.status, 'waiting')
  server.last.tell(9, { type: 'sync', data: [item('a')] })
  assert.deepEqual(group.getState(), [item('a')])
})

test('an event of an author that looks like a refusal is an event', async () => {
  const { group } = await inRoom()
  const heard: unknown[] = []
  group.onEvent('error', (data) => heard.push(data))
  const data = { code: 'STREAM_ACCESS_DENIED', message: 'Access denied' }
  server.last.tell(11, { type: 'event', event: { type: 'error', data } })
  assert.deepEqual(heard, [data])
  assert.equal(group.status, 'live')
})

test("a refusal for a subscription that was left meanwhile is nobody's", async () => {
  const { stream, group } = await inRoom()
  const one = stream.subscribeItem('chat', 'room', 'a')
  one.close()
  mock.timers.tick(0)
  const heard: unknown[] = []
  group.addMessageListener((message) => heard.push(message))
  const data = { code: 'STREAM_ACCESS_DENIED', message: 'Access denied' }
  server.last.tell(5_000, { type: 'event', event: { type: 'error', data } }, 'a')
  server.last.tell(11, { type: 'update', data: item('a', 1) }, 'a')
  assert.equal(heard.length, 1)
})

test('WS-17 one subscription too many: the one that the server has not answered', async () => {
  const { stream, group } = await inRoom()
  const other = stream.subscribeGroup('chat', 'other')
  const data = { code: 'TOO_MANY_SUBSCRIPTIONS', message: 'a connection may have 1 subscriptions' }
  server.last.say({ timestamp: 11, streamName: '', groupId: '', event: { type: 'event', event: { type: 'error', data } } })
  assert.equal(group.status, 'live')
  assert.equal(other.status, 'refused')
  assert.equal(other.error?.code, 'TOO_MANY_SUBSCRIPTIONS')
})

test('a stream that cannot be read at the moment is joined again', async () => {
  const stream = streamOf()
  const group = stream.subscribeGroup('chat', 'room')
  await settled()
  server.last.open()
  const data = { code: 'STREAM_UNAVAILABLE', message: 'not now' }
  server.last.tell(10, { type: 'event', event: { type: 'error', data } })
  assert.equal(group.status, 'refused')
  mock.timers.tick(1_000)
  assert.equal(server.last.joins().length, 2)
  server.last.tell(11, { type: 'sync', data: [] })
  assert.equal(group.status, 'live')
})

test('two subscriptions share one join; the second is told what is there; the last one leaves', async () => {
  const { stream, group } = await inRoom()
  const second = stream.subscribeGroup<Item>('chat', 'room')
  const told: Item[][] = []
  second.addChangeListener((items) => told.push(items))
  await settled()
  assert.deepEqual(told, [[item('a')]])
  group.close()
  mock.timers.tick(0)
  assert.deepEqual(server.last.leaves(), [])
  second.close()
  mock.timers.tick(0)
  assert.equal(server.last.joins().length, 1)
  assert.deepEqual(server.last.leaves(), [{ streamName: 'chat', groupId: 'room', subscriptionId: '1' }])
})

test('closing and subscribing in one go keeps the join', async () => {
  const { stream, group } = await inRoom()
  group.close()
  const again = stream.subscribeGroup<Item>('chat', 'room')
  mock.timers.tick(100)
  assert.deepEqual(again.getState(), [item('a')])
  assert.equal(server.last.sent.length, 1)
})

test('without subscriptions there is no connection, and with the next one there is again', async () => {
  const { stream, group } = await inRoom()
  let closes = 0
  group.onClose(() => (closes += 1))
  group.close()
  group.close()
  assert.equal(closes, 1)
  assert.equal(group.status, 'closed')
  mock.timers.tick(0)
  mock.timers.tick(1_000)
  assert.equal(stream.status, 'idle')
  assert.ok(server.last.closedByClient)
  stream.subscribeGroup('chat', 'room')
  await settled()
  assert.equal(server.sockets.length, 2)
})

test('a lost connection is not made again for nobody', async () => {
  const { stream, group } = await inRoom()
  server.last.break()
  group.close()
  mock.timers.tick(0)
  assert.equal(stream.status, 'idle')
  mock.timers.tick(30_000)
  await settled()
  assert.equal(server.sockets.length, 1)
})

test('a closed subscription hears nothing', async () => {
  const { group } = await inRoom()
  let calls = 0
  group.addChangeListener(() => (calls += 1))
  group.close()
  server.last.tell(11, { type: 'update', data: item('a', 1) }, 'a')
  assert.equal(calls, 0)
})

test('a closed Stream ends everything and takes no more', async () => {
  const { stream, group } = await inRoom()
  stream.close()
  assert.equal(group.status, 'closed')
  assert.equal(stream.status, 'closed')
  assert.ok(server.last.closedByClient)
  assert.throws(() => stream.subscribeGroup('chat', 'room'), /closed/)
})

test('listeners can be taken away, and one that throws does not stop the others', async (context) => {
  const { group } = await inRoom()
  const faults: unknown[] = []
  context.mock.method(globalThis, 'queueMicrotask', (work: () => void) => {
    try {
      work()
    } catch (fault) {
      faults.push(fault)
    }
  })
  let calls = 0
  const count = (): void => void (calls += 1)
  group.addChangeListener(() => {
    throw new Error('mine')
  })
  group.addChangeListener(count)
  server.last.tell(11, { type: 'update', data: item('a', 1) }, 'a')
  group.removeChangeListener(count)
  server.last.tell(12, { type: 'update', data: item('a', 2) }, 'a')
  assert.equal(calls, 1)
  assert.deepEqual(faults.map(String), ['Error: mine', 'Error: mine'])
})

test('frames that are no messages are passed over', async () => {
  const { group } = await inRoom()
  for (const data of ['', 'x', '[]', 'null', '{}', '{"timestamp":1}', new Uint8Array(3)]) server.last.onmessage?.({ data })
  server.last.tell(11, { type: 'update', data: item('a', 1) }, 'a')
  assert.deepEqual(group.getState(), [item('a', 1)])
})

test('the status of the connection is told, and why there is none', async () => {
  const stream = streamOf()
  const seen: string[] = []
  stream.addStatusListener((status) => seen.push(status))
  stream.subscribeGroup('chat', 'room')
  await settled()
  server.last.open()
  server.last.break(1012, 'the server is stopping')
  assert.match(String(stream.problem), /1012 the server is stopping/)
  await reconnected()
  assert.equal(stream.problem, undefined)
  assert.deepEqual(seen, ['connecting', 'online', 'offline', 'online'])
})

test('waits between attempts double up to the cap, with full jitter, and begin anew after a stable connection', async (context) => {
  context.mock.method(Math, 'random', () => 0.5)
  await inRoom({ reconnect: { firstMs: 100, capMs: 300 } })
  for (const wait of [50, 100, 150, 150]) {
    const before = server.sockets.length
    server.last.break()
    mock.timers.tick(wait - 1)
    await settled()
    assert.equal(server.sockets.length, before)
    mock.timers.tick(1)
    await settled()
    assert.equal(server.sockets.length, before + 1)
  }
  server.last.open()
  mock.timers.tick(5_000)
  server.last.break()
  mock.timers.tick(50)
  await settled()
  assert.equal(server.sockets.length, 6)
})

test('when the network is back the connection is made anew at once', async (context) => {
  const network = new EventTarget()
  const globals = globalThis as any
  globals.addEventListener = network.addEventListener.bind(network)
  globals.removeEventListener = network.removeEventListener.bind(network)
  context.after(() => {
    delete globals.addEventListener
    delete globals.removeEventListener
  })
  const { stream } = await inRoom()
  network.dispatchEvent(new Event('online'))
  assert.ok(server.last.closedByClient)
  mock.timers.tick(0)
  await settled()
  assert.equal(server.sockets.length, 2)
  stream.close()
  network.dispatchEvent(new Event('online'))
  mock.timers.tick(30_000)
  await settled()
  assert.equal(server.sockets.length, 2)
})

test('whoever subscribes when the connection is there joins once', async () => {
  const stream = streamOf()
  stream.addStatusListener((status) => {
    if (status === 'online') stream.subscribeGroup('chat', 'second')
  })
  stream.subscribeGroup('chat', 'room').addStatusListener((status) => {
    if (status === 'joining') stream.subscribeGroup('chat', 'third')
  })
  await settled()
  server.last.open()
  assert.deepEqual(
    server.last
      .joins()
      .map((join) => join.groupId)
      .sort(),
    ['room', 'second', 'third'],
  )
})

test('an address that answers nothing is given up and tried again', async () => {
  const stream = streamOf()
  stream.subscribeGroup('chat', 'room')
  await settled()
  mock.timers.tick(15_000)
  assert.equal(stream.status, 'offline')
  assert.match(String(stream.problem), /no connection within 15 s/)
  await reconnected()
  assert.equal(stream.status, 'online')
})

test('STR-34 a token travels in the query or as subprotocols, and a function is asked before each connection', async () => {
  let asked = 0
  await inRoom({ authToken: async () => `t ${++asked}`, protocols: ['Authorization', 'x'] })
  assert.equal(server.last.url, 'ws://here/?authToken=t+1')
  assert.deepEqual(server.last.protocols, ['Authorization', 'x'])
  server.last.break()
  mock.timers.tick(30_000)
  await settled()
  assert.equal(server.last.url, 'ws://here/?authToken=t+2')
})

test('a token that cannot be had is a connection that cannot be made', async () => {
  const stream = streamOf({ authToken: () => Promise.reject(new Error('signed out')) })
  stream.subscribeGroup('chat', 'room')
  await settled()
  assert.equal(stream.status, 'offline')
  assert.match(String(stream.problem), /signed out/)
  stream.close()
})

test('names that are none, and places without a WebSocket, are told at once', async () => {
  const stream = streamOf()
  assert.throws(() => stream.subscribeGroup('', 'room'), /streamName must be a non-empty text/)
  assert.throws(() => stream.subscribeItem('chat', 'room', undefined as unknown as string), /id must be a non-empty text/)
  assert.throws(() => new Stream('ftp://x', { WebSocket: server.Socket }).subscribeGroup('a', 'b'), /begin with ws/)
  if (!('WebSocket' in globalThis)) assert.throws(() => new Stream('ws://x').subscribeGroup('a', 'b'), /install the package "ws"/)
})
