// Addresses behind `#`: every other path on this host belongs to the project's own endpoints.
import { useCallback, useSyncExternalStore } from 'react'

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

const current = () => location.hash.slice(1) || '/'

export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (options.replace) {
    history.replaceState(null, '', `#${to}`)
    dispatchEvent(new HashChangeEvent('hashchange'))
  } else if (current() !== to) {
    location.hash = to
  }
}

/** The path and a way to others, as wouter wants it. */
export function useHashLocation(): [string, typeof navigate] {
  const full = useSyncExternalStore(subscribe, current)
  return [full.split('?', 1)[0] ?? '/', navigate]
}
useHashLocation.hrefs = (href: string) => `#${href}`

/** The query part of the address. */
export function useHashSearch(): string {
  const full = useSyncExternalStore(subscribe, current)
  const at = full.indexOf('?')
  return at < 0 ? '' : full.slice(at + 1)
}

/** The query of this address by name, and a way to change some of it; undefined takes a name out. */
export function useQueryParams(): [Record<string, string | undefined>, (change: Record<string, string | undefined>) => void] {
  const search = useHashSearch()
  const change = useCallback((next: Record<string, string | undefined>) => {
    const [path = '/', query = ''] = current().split('?', 2)
    const params = new URLSearchParams(query)
    for (const [name, value] of Object.entries(next)) {
      if (value === undefined || value === '') params.delete(name)
      else params.set(name, value)
    }
    const text = params.toString()
    navigate(text ? `${path}?${text}` : path, { replace: true })
  }, [])
  return [Object.fromEntries(new URLSearchParams(search)), change]
}
