/**
 * `input.data` on event payloads without a `data` of their own means the payload itself (EVT-8). The alias is neither listed
 * nor serialised, and assignment replaces it.
 */
const ALIAS: PropertyDescriptor & ThisType<any> = {
  get() {
    return this
  },
  set(value) {
    Object.defineProperty(this, 'data', { value, enumerable: true, configurable: true, writable: true })
  },
  enumerable: false,
  configurable: true,
}

export function withDataAlias(payload: any): unknown {
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload) && !Object.hasOwn(payload, 'data')) {
    if (Object.isExtensible(payload)) Object.defineProperty(payload, 'data', ALIAS)
  }
  return payload
}

/** Lets the fields of a change be read in both spellings (HND-12). */
export function withBothSpellings(change: any): unknown {
  if (typeof change !== 'object' || change === null) return change
  for (const name of Object.keys(change)) {
    const other = name.includes('_')
      ? name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase())
      : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    if (!Object.hasOwn(change, other)) Object.defineProperty(change, other, { get: () => change[name], configurable: true })
  }
  return change
}
