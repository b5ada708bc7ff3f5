import { createContext, createElement, type ReactElement, type ReactNode, useContext, useMemo } from 'react'
import type { AuthToken } from '../address.js'
import type { ReconnectOptions } from '../backoff.js'
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
  /** How soon and how often it comes again. */
  reconnect?: ReconnectOptions | undefined
  children?: ReactNode
}

/** Says which server the hooks below it talk to, and who they are. Connects when the first of them subscribes. */
export function MotiaStreamProvider(props: MotiaStreamProviderProps): ReactElement {
  return createElement(Current.Provider, { value: useStream(props) }, props.children)
}

/** The Stream of the nearest provider, else the page's own. It connects with its first subscription, which effects make. */
export function useCurrentStream(): Stream {
  return useContext(Current) ?? (shared ??= new Stream())
}

/** Another Stream when what it is made from is other; the old one disconnects when the hooks have left it. */
function useStream({ address, url, protocols, authToken, reconnect }: MotiaStreamProviderProps): Stream {
  const latest = useLatest(authToken)
  // Objects that are written in place are others with each render, and a function too: what they say counts.
  const said = JSON.stringify({ protocols, reconnect })
  const token = typeof authToken === 'function' ? ASKED : authToken
  return useMemo(() => {
    const ask = (): ReturnType<Extract<AuthToken, Function>> =>
      typeof latest.current === 'function' ? latest.current() : latest.current
    return new Stream(address ?? url, { ...(JSON.parse(said) as object), authToken: token === ASKED ? ask : token })
  }, [address ?? url, said, token, latest])
}

// Stands for "a function is asked", whichever it is.
const ASKED = Symbol('asked')
