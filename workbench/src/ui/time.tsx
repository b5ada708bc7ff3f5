// Times that stay right while one looks.
import { useSyncExternalStore } from 'react'

let now = Date.now()
const watchers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function watch(listener: () => void): () => void {
  watchers.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    watchers.forEach((each) => each())
  }, 1000)
  return () => {
    watchers.delete(listener)
    if (watchers.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

/** Epoch milliseconds, to the second. */
export function useNow(): number {
  const at = useSyncExternalStore(watch, () => now)
  // The clock stands while nobody watches it.
  return Math.abs(Date.now() - at) > 2000 ? (now = Date.now()) : at
}
