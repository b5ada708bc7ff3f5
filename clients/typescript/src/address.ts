/** A token, or what gives one, asked before each connection. */
export type AuthToken = string | undefined | (() => string | undefined | Promise<string | undefined>)

/** The page's own origin; undefined where there is no page. */
function pageAddress(): string | undefined {
  return typeof location === 'undefined' ? undefined : location.href
}

// Bundlers replace these very expressions with text; where none does, neither `process` nor `import.meta.env` need exist.
function nextAddress(): string | undefined {
  try {
    return process.env.NEXT_PUBLIC_MOTIA_WS_URL
  } catch {
    return undefined
  }
}

function viteAddress(): string | undefined {
  try {
    return import.meta.env.VITE_MOTIA_WS_URL
  } catch {
    return undefined
  }
}

/** `NEXT_PUBLIC_MOTIA_WS_URL`, else `VITE_MOTIA_WS_URL`, else the page's origin. Throws where there is none of them. */
export function defaultAddress(): string {
  const page = pageAddress()
  const address = nextAddress() || viteAddress() || (page && new URL('/', page).href)
  if (!address) {
    throw new Error(
      'There is no address of a Motia server: pass one, as in new Stream("ws://localhost:3000"), or set NEXT_PUBLIC_MOTIA_WS_URL or VITE_MOTIA_WS_URL',
    )
  }
  return address
}

/** The address for a socket: `http` becomes `ws`, a path is one of the page's server, the token is in the query. Throws `TypeError`. */
export function socketUrl(address: string, authToken: string | undefined): string {
  let url: URL
  try {
    url = new URL(address, pageAddress())
  } catch {
    throw new TypeError(`"${address}" is no address of a Motia server; one looks like ws://localhost:3000`)
  }
  if (url.protocol === 'http:') url.protocol = 'ws:'
  if (url.protocol === 'https:') url.protocol = 'wss:'
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new TypeError(`"${address}" is no address of a Motia server: it must begin with ws, wss, http or https`)
  }
  url.hash = ''
  if (authToken !== undefined) url.searchParams.set('authToken', authToken)
  return url.href
}
