/** The `cookie` header of a request, name → value. */
export function parseCookies(text: string | undefined): Record<string, string> {
  const cookies: Record<string, string> = {}
  for (const part of (text ?? '').split(';')) {
    const at = part.indexOf('=')
    const name = part.slice(0, at).trim()
    // The first of two equal names wins: browsers send the more specific path first.
    if (at > 0 && name !== '__proto__' && !Object.hasOwn(cookies, name))
      cookies[name] = decode(
        part
          .slice(at + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      )
  }
  return cookies
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
