import { createContext, createElement, type ReactElement, type ReactNode, useContext, useMemo } from 'react'
import type { AuthToken } from '../address.js'
import { Stream } from '../stream.js'
import { useLatest } from './latest.js'

const Current = createContext<Stream | null>(null)

// Where no provider is: one for the whole page.
let shared: Stream | undefined

export interface MotiaStreamProviderProps {
  /** `ws://…`, `wss://…`, `http://…`, `https://…`, or a path of the page's server; default see `defaultAddress`. */
  address?: string | undefined
  /** Another name for `address`. */
  url?: string | undefined
  /** Subprotocols; `['Authorization', token]` is how a token travels in a header. */
  protocols?: string | string[] | undefined
  /** Travels as `?authToken=`. A function is asked again before each connection. */
  authToken?: AuthToken
  children?: ReactNode
}

/** Says which server the hooks below it talk to, and who they are. Connects when the first of them subscribes. */
export function MotiaStreamProvider(props: MotiaStreamProviderProps): ReactElement {
  const { address, url, protocols, authToken, children } = props
  const stream = useStream(address ?? url, protocols, authToken)
  return createElement(Current.Provider, { value: stream }, children)
}

/** The Stream of the nearest provider, else the page's own. It connects with its first subscription, which effects make. */
export function useCurrentStream(): Stream {
  return useContext(Current) ?? (shared ??= new Stream())
}

/** Another Stream when what it is made from is other; the old one disconnects when the hooks have left it. */
function useStream(address: string | undefined, protocols: string | string[] | undefined, authToken: AuthToken): Stream {
  const latest = useLatest(authToken)
  const spelled = JSON.stringify(protocols)
  const fixed = typeof authToken === 'function' ? asked : authToken
  return useMemo(() => {
    const options = { protocols: spelled === undefined ? undefined : (JSON.parse(spelled) as string | string[]) }
    // A function is another one with each render; what it says counts, and it is asked when that is needed.
    const token = fixed === asked ? () => (typeof latest.current === 'function' ? latest.current() : latest.current) : fixed
    return new Stream(address, { ...options, authToken: token })
  }, [address, spelled, fixed, latest])
}

const asked = (): undefined => undefined
