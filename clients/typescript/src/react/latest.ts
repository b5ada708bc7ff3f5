import { useInsertionEffect, useRef } from 'react'

/** The value of the last render that was shown, for what is called later. In place before any other effect runs. */
export function useLatest<V>(value: V): { readonly current: V } {
  const latest = useRef(value)
  useInsertionEffect(() => {
    latest.current = value
  })
  return latest
}
