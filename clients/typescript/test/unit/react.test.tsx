import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, test } from 'node:test'
import { Window } from 'happy-dom'
import { FakeServer, item } from './fake-server.js'

const page = new Window({ url: 'http://shop.example:8080/cart?x=1' })
const globals = globalThis as any
for (const name of ['navigator', 'document'])
  Object.defineProperty(globals, name, { value: (page as any)[name], configurable: true })
Object.assign(globals, { window: page, IS_REACT_ACT_ENVIRONMENT: true })
after(() => page.close())

const { act, StrictMode, useState } = await import('react')
const { createRoot, hydrateRoot } = await import('react-dom/client')
const { renderToString } = await import('react-dom/server')
const { MotiaStreamProvider, useMotiaStream, useStreamEventHandler, useStreamGroup, useStreamItem, useStreamStatus } =
  await import('motia-stream-client/react')

type Item = { id: string; n: number }

let server: FakeServer
let place: any
let root: any

beforeEach(() => {
  server = new FakeServer()
  globals.WebSocket = server.Socket
  place = page.document.createElement('div')
  root = createRoot(place)
})

afterEach(async () => {
  await act(async () => root.unmount())
  await turned(5)
  delete globals.WebSocket
  delete globals.location
})

/** Timers of no time have run. */
function turned(ms = 0): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}

async function show(element: React.ReactNode): Promise<void> {
  await act(async () => root.render(element))
}

async function says(work: () => void): Promise<void> {
  await act(async () => work())
}

function Room({ group = 'room' }: { group?: string | undefined }) {
  const { data, status, error } = useStreamGroup<Item>('chat', group)
  return (
    <p>
      {status}:{data.map((each) => `${each.id}${each.n}`).join(' ')}
      {error?.message}
    </p>
  )
}

function One(props: { id?: string | null }) {
  const { data } = useStreamItem<Item>({ streamName: 'chat', groupId: 'room', ...props })
  return <p>{data === null ? 'none' : `${data.id}${data.n}`}</p>
}

function at(children: React.ReactNode) {
  return <MotiaStreamProvider address="ws://here">{children}</MotiaStreamProvider>
}

test('WS-22 a group is shown as it changes, and left when nobody shows it', async () => {
  await show(at(<Room />))
  assert.equal(place.textContent, 'offline:')
  await says(() => server.last.open())
  assert.equal(place.textContent, 'joining:')
  await says(() => server.last.tell(10, { type: 'sync', data: [item('a')] }))
  await says(() => server.last.tell(11, { type: 'create', data: item('b') }, 'b'))
  assert.equal(place.textContent, 'live:a0 b0')
  await show(at(null))
  await turned()
  assert.equal(server.last.leaves().length, 1)
})

test('under StrictMode there is one connection and one join, and nothing is left behind', async () => {
  await show(<StrictMode>{at(<Room />)}</StrictMode>)
  await says(() => server.last.open())
  await says(() => server.last.tell(10, { type: 'sync', data: [item('a')] }))
  assert.equal(place.textContent, 'live:a0')
  await show(<StrictMode>{at(null)}</StrictMode>)
  await turned()
  assert.equal(server.sockets.length, 1)
  assert.deepEqual([server.last.joins().length, server.last.leaves().length], [1, 1])
})

test('components that show the same share one join', async () => {
  await show(at([<Room key="1" />, <Room key="2" />]))
  await says(() => server.last.open())
  await says(() => server.last.tell(10, { type: 'sync', data: [item('a')] }))
  assert.equal(place.textContent, 'live:a0live:a0')
  await show(at([<Room key="1" />, <Room key="2" />, <Room key="3" />]))
  assert.equal(place.textContent, 'live:a0live:a0live:a0')
  assert.equal(server.last.joins().length, 1)
})

test('another group is another subscription, and nothing of the old one is shown', async () => {
  await show(at(<Room />))
  await says(() => server.last.open())
  await says(() => server.last.tell(10, { type: 'sync', data: [item('a')] }))
  await show(at(<Room group="other" />))
  assert.equal(place.textContent, 'joining:')
  await says(() => server.last.tell(11, { type: 'sync', data: [item('z')] }, undefined, 'other'))
  assert.equal(place.textContent, 'live:z0')
  await turned()
  assert.deepEqual(
    server.last.leaves().map((leave) => leave.groupId),
    ['room'],
  )
})

test('WS-22 names that are left out are default; names that are not known yet subscribe to nothing', async () => {
  function All() {
    useStreamItem('items')
    useStreamItem('items', 'i')
    useStreamItem('items', 'g', 'i')
    useStreamItem({ streamName: 'objects' })
    useStreamGroup('groups')
    useStreamGroup('groups', 'g')
    useStreamGroup({ streamName: 'groups', groupId: 'h' })
    useStreamItem()
    useStreamItem('items', undefined)
    useStreamItem({ streamName: 'items', groupId: 'g', id: undefined })
    useStreamGroup(undefined)
    useStreamGroup({ streamName: 'groups', groupId: null })
    return null
  }
  await show(at(<All />))
  await says(() => server.last.open())
  assert.deepEqual(
    server.last.joins().map(({ streamName, groupId, id }) => [streamName, groupId, id].join('/')),
    [
      'items/default/default',
      'items/default/i',
      'items/g/i',
      'objects/default/default',
      'groups/default/',
      'groups/g/',
      'groups/h/',
    ],
  )
})

test('an item appears, changes and goes', async () => {
  await show(at(<One id="a" />))
  await says(() => server.last.open())
  await says(() => server.last.tell(10, { type: 'sync', data: null }, 'a'))
  assert.equal(place.textContent, 'none')
  await says(() => server.last.tell(11, { type: 'create', data: item('a', 1) }, 'a'))
  assert.equal(place.textContent, 'a1')
  await says(() => server.last.tell(12, { type: 'delete', data: item('a', 1) }, 'a'))
  assert.equal(place.textContent, 'none')
})

test('WS-22 events reach the listener of the last render', async () => {
  function Counter() {
    const { event } = useStreamGroup('chat', 'room')
    const [count, setCount] = useState(0)
    useStreamEventHandler({ event, type: 'wave', listener: (by: number) => setCount(count + by) }, [])
    return <p>{count}</p>
  }
  await show(at(<Counter />))
  await says(() => server.last.open())
  await says(() => server.last.tell(10, { type: 'sync', data: [] }))
  await says(() => server.last.tell(11, { type: 'event', event: { type: 'wave', data: 2 } }))
  await says(() => server.last.tell(12, { type: 'event', event: { type: 'other', data: 9 } }))
  await says(() => server.last.tell(13, { type: 'event', event: { type: 'wave', data: 3 } }))
  assert.equal(place.textContent, '5')
})

test('WS-22 sortKey and setData', async () => {
  const given: string[] = []
  function Sorted() {
    const setData = (items: Item[]): void => void given.push(items.map((each) => each.id).join(''))
    const { data } = useStreamGroup<Item>({ streamName: 'chat', groupId: 'room', sortKey: 'n', setData })
    return <p>{data.map((each) => each.id).join('')}</p>
  }
  await show(at(<Sorted />))
  await says(() => server.last.open())
  assert.deepEqual(given, [])
  await says(() => server.last.tell(10, { type: 'sync', data: [item('a', 2), item('b', 1)] }))
  await says(() => server.last.tell(11, { type: 'update', data: item('b', 3) }, 'b'))
  assert.deepEqual(given, ['ba', 'ab'])
  assert.equal(place.textContent, 'ab')
})

test('WS-23 useMotiaStream gives the Stream, or the items of a group, else the one item of that name', async () => {
  const seen: unknown[] = []
  function Both() {
    const { stream } = useMotiaStream()
    const items = useMotiaStream<Item>('chat', 'a')
    seen.push(stream, items)
    return <p>{items.map((each) => `${each.id}${each.n}`).join(' ')}</p>
  }
  await show(at(<Both />))
  await says(() => server.last.open())
  assert.ok((seen[0] as object).constructor.name === 'Stream')
  assert.deepEqual(place.textContent, '')
  await says(() => server.last.tell(10, { type: 'sync', data: [] }, undefined, 'a'))
  await says(() => server.last.tell(10, { type: 'sync', data: item('a', 7) }, 'a', 'default'))
  assert.equal(place.textContent, 'a7')
  await says(() => server.last.tell(11, { type: 'create', data: item('x', 1) }, 'x', 'a'))
  assert.equal(place.textContent, 'x1')
})

test('WS-21 the provider takes address or url, protocols and a token, and connects anew only for others', async () => {
  function App({ token, name = 'url' }: { token: string; name?: 'url' | 'address' }) {
    return (
      <MotiaStreamProvider {...{ [name]: 'https://api.example/live' }} protocols={['Authorization', 'p']} authToken={token}>
        <Room />
      </MotiaStreamProvider>
    )
  }
  await show(<App token="t1" />)
  await show(<App token="t1" />)
  await show(<App token="t1" name="address" />)
  assert.deepEqual(
    server.sockets.map((socket) => socket.url),
    ['wss://api.example/live?authToken=t1'],
  )
  assert.deepEqual(server.last.protocols, ['Authorization', 'p'])
  await show(<App token="t2" />)
  assert.deepEqual(server.sockets.map((socket) => socket.url).slice(1), ['wss://api.example/live?authToken=t2'])
})

test('a token that is a function may be another one with each render', async (context) => {
  context.mock.method(Math, 'random', () => 0)
  function App({ token }: { token: string }) {
    return (
      <MotiaStreamProvider url="ws://here" authToken={() => token}>
        <Room />
      </MotiaStreamProvider>
    )
  }
  await show(<App token="t1" />)
  await says(() => server.last.open())
  await show(<App token="t2" />)
  assert.equal(server.sockets.length, 1)
  await says(() => server.last.break())
  await act(() => turned())
  assert.equal(server.last.url, 'ws://here/?authToken=t2')
})

test("WS-21 without a provider or a variable the page's own server is it", async () => {
  globals.location = { href: page.location.href }
  await show(<Room />)
  assert.equal(server.last.url, 'ws://shop.example:8080/')
})

test('refusals are shown', async () => {
  await show(at(<Room />))
  await says(() => server.last.open())
  const data = { code: 'STREAM_ACCESS_DENIED', message: 'Access denied' }
  await says(() => server.last.tell(10, { type: 'event', event: { type: 'error', data } }))
  assert.equal(place.textContent, 'refused:Access denied')
})

test('the state of the connection is shown', async () => {
  function Status() {
    useStreamGroup('chat', 'room')
    const { status, problem } = useStreamStatus()
    return <p>{`${status} ${problem?.message ?? ''}`}</p>
  }
  await show(at(<Status />))
  assert.equal(place.textContent, 'connecting ')
  await says(() => server.last.open())
  assert.equal(place.textContent, 'online ')
  await says(() => server.last.break(1012, 'stopping'))
  assert.equal(place.textContent, 'offline the connection was closed: 1012 stopping')
})

test('a server renders what is there before the first answer, and pages take over from there', async () => {
  delete globals.WebSocket
  const html = renderToString(at(<Room />))
  assert.equal(html.replaceAll('<!-- -->', ''), '<p>offline:</p>')
  globals.WebSocket = server.Socket
  place = page.document.createElement('div')
  place.innerHTML = html
  const problems: unknown[] = []
  await act(async () => {
    root = hydrateRoot(place, at(<Room />), { onRecoverableError: (problem) => problems.push(problem) })
  })
  await says(() => server.last.open())
  await says(() => server.last.tell(10, { type: 'sync', data: [item('a')] }))
  assert.equal(place.textContent, 'live:a0')
  assert.deepEqual(problems, [])
})
