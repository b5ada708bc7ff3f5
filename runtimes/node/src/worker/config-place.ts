/** Where in a source text a config's key is written. There is no way to ask an object. */

/** The 1-based line of the innermost of `keys` that can be found, in the order they are nested. */
export function lineOfKeys(source: string, keys: string[]): number | undefined {
  let at = -1
  for (const key of keys) {
    if (/^\d+$/.test(key)) continue
    const name = key.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    const pattern = new RegExp(`(?<![\\w$.])(["']?)${name}\\1\\s*[:,(}=]`, 'g')
    pattern.lastIndex = at + 1
    const match = pattern.exec(source)
    if (match === null) break
    at = match.index
  }
  return at === -1 ? undefined : source.slice(0, at).split('\n').length
}
