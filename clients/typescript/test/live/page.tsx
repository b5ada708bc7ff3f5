// What chromium.test.ts shows in a real browser.
import { StrictMode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import {
  MotiaStreamProvider,
  useMotiaStream,
  useStreamEventHandler,
  useStreamGroup,
  useStreamItem,
  useStreamStatus,
} from 'motia-stream-client/react'

type Item = { id: string; n: number }

function Items({ name }: { name: string }) {
  const { data, status } = useStreamGroup<Item>('chat', 'page')
  return (
    <p id={name}>
      {status}: {data.map((each) => `${each.id}${each.n}`).join(' ')}
    </p>
  )
}

function One() {
  const { data, event } = useStreamItem<Item>({ streamName: 'chat', groupId: 'page', id: 'a' })
  const [waves, setWaves] = useState(0)
  useStreamEventHandler({ event, type: 'wave', listener: (by: number) => setWaves(waves + by) }, [])
  return <p id="one">{`${data?.n ?? 'none'}, ${waves} waves`}</p>
}

function Everything() {
  const items = useMotiaStream<Item>('chat', 'page')
  const { status } = useStreamStatus()
  return <p id="everything">{`${status}: ${items.length} items`}</p>
}

function Secret() {
  const { status, error } = useStreamGroup('secret', 'page')
  return <p id="secret">{`${status} ${error?.message ?? ''}`}</p>
}

/** Keeps each number that was heard, for the test to look at. */
function Recorder() {
  const { stream } = useMotiaStream()
  useEffect(() => {
    const heard: number[] = []
    Object.assign(window, { heard })
    const group = stream.subscribeGroup<Item>('chat', 'numbers')
    group.addMessageListener(({ event }) => {
      if (event.type === 'create' || event.type === 'update') heard.push(event.data.n)
      else Object.assign(window, { begun: true })
    })
    return () => group.close()
  }, [stream])
  return null
}

const everything = [<Items key="1" name="first" />, <Items key="2" name="second" />, <One key="3" />, <Everything key="4" />]
const url = new URL(location.href).searchParams.get('url')
const app =
  url === null ? (
    everything
  ) : (
    <MotiaStreamProvider url={url} reconnect={{ firstMs: 20, capMs: 200 }}>
      {everything}
      <Secret />
      <Recorder />
    </MotiaStreamProvider>
  )
createRoot(document.getElementById('root') as HTMLElement).render(<StrictMode>{app}</StrictMode>)
