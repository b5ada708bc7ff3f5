/** `Set-Cookie` as `res.cookie` of Express writes it: `maxAge` counts milliseconds, and the path is `/`. */
export interface CookieSettings {
  domain?: string
  path?: string
  /** Milliseconds. */
  maxAge?: number | null
  expires?: Date
  httpOnly?: boolean
  secure?: boolean
  sameSite?: boolean | 'strict' | 'lax' | 'none' | (string & {})
  priority?: string
  partitioned?: boolean
  signed?: boolean
  encode?: (value: string) => string
}

export function cookieText(name: string, value: unknown, settings: CookieSettings): string {
  if (settings.signed) throw new TypeError('res.cookie: signed cookies are not supported; sign the value yourself')
  const text = typeof value === 'object' && value !== null ? `j:${JSON.stringify(value)}` : String(value)
  const { maxAge } = settings
  const lasting =
    maxAge === undefined || maxAge === null || Number.isNaN(Number(maxAge))
      ? settings
      : { ...settings, maxAge: Math.floor(maxAge / 1000), expires: new Date(Date.now() + Number(maxAge)) }
  return [`${name}=${(settings.encode ?? encodeURIComponent)(text)}`, ...attributes(lasting)].join('; ')
}

export function clearedCookie(name: string, settings: CookieSettings): string {
  return cookieText(name, '', { ...settings, maxAge: undefined, expires: new Date(1) })
}

function attributes({ domain, path = '/', maxAge, expires, ...flags }: CookieSettings): string[] {
  const sameSite = flags.sameSite === true ? 'strict' : flags.sameSite
  return [
    maxAge !== undefined && maxAge !== null && `Max-Age=${maxAge}`,
    domain && `Domain=${domain}`,
    path && `Path=${path}`,
    expires && `Expires=${expires.toUTCString()}`,
    flags.httpOnly && 'HttpOnly',
    flags.secure && 'Secure',
    flags.partitioned && 'Partitioned',
    flags.priority && `Priority=${capitalised(flags.priority)}`,
    sameSite && `SameSite=${capitalised(sameSite)}`,
  ].filter((text) => typeof text === 'string' && text !== '') as string[]
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()
}
