// Server-Sent Events: what changed since, pushed by the core. Nothing here asks again and again.
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { ROOT } from './client'

/** How often pages refresh at most while changes keep coming, in milliseconds: traces are looked at closely, the rest less so. */
const TRACES_EVERY = 250
const WORK_EVERY = 1000

export type Connection = 'connecting' | 'live' | 'lost'

let connection: Connection = 'connecting'
const watchers = new Set<() => void>()

function setConnection(next: Connection) {
  connection = next
  watchers.forEach((each) => each())
}

export const useConnection = () =>
  useSyncExternalStore(
    (watch) => {
      watchers.add(watch)
      return () => watchers.delete(watch)
    },
    () => connection,
  )

/** Refreshes what is on screen whenever the core says that it changed. */
export function useChanges(): void {
  const queries = useQueryClient()
  useEffect(() => {
    const source = new EventSource(`${ROOT}__motia/changes/follow`)
    const changed = new Set<string>()
    const tracesSoon = throttled(TRACES_EVERY, () => {
      for (const id of changed) void queries.invalidateQueries({ queryKey: ['trace', id] })
      changed.clear()
      void queries.invalidateQueries({ queryKey: ['traces'] })
    })
    const workSoon = throttled(WORK_EVERY, () => void queries.invalidateQueries({ queryKey: ['work'] }))
    let wasLost = false
    source.onopen = () => {
      setConnection('live')
      if (wasLost) void queries.invalidateQueries()
      wasLost = false
    }
    source.onerror = () => {
      wasLost = true
      setConnection('lost')
    }
    source.addEventListener('traces', (event: MessageEvent<string>) => {
      for (const id of JSON.parse(event.data) as string[]) changed.add(id)
      tracesSoon()
      workSoon()
    })
    source.addEventListener('code', () => void refreshCode(queries))
    source.addEventListener('missed', () => void queries.invalidateQueries())
    return () => source.close()
  }, [queries])
}

async function refreshCode(queries: QueryClient): Promise<void> {
  await queries.invalidateQueries({ queryKey: ['code'] })
  await queries.invalidateQueries({ queryKey: ['work'] })
}

/** At once, then at most every `wait` milliseconds, the last call never lost. */
function throttled(wait: number, work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let again = false
  const run = () => {
    work()
    timer = setTimeout(() => {
      timer = undefined
      if (again) {
        again = false
        run()
      }
    }, wait)
  }
  return () => {
    if (timer === undefined) run()
    else again = true
  }
}

/** Messages of an event source below the core, handed over in batches of one frame; null for no source. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what its source says
export function useEventSource<T>(path: string | null, take: (messages: T[]) => void): Connection {
  const [state, setState] = useState<Connection>('connecting')
  const taker = useRef(take)
  useEffect(() => {
    taker.current = take
  })
  useEffect(() => {
    if (path === null) return
    setState('connecting')
    const source = new EventSource(ROOT + path.replace(/^\//, ''))
    let waiting: T[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    source.onopen = () => setState('live')
    source.onerror = () => setState('lost')
    source.onmessage = (event: MessageEvent<string>) => {
      waiting.push(JSON.parse(event.data) as T)
      timer ??= setTimeout(() => {
        const batch = waiting
        waiting = []
        timer = undefined
        taker.current(batch)
      }, 50)
    }
    return () => {
      clearTimeout(timer)
      source.close()
    }
  }, [path])
  return state
}
