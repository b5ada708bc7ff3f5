import { useState } from 'react'
import type { RequestDraft } from '../../model/httpRequest'

export type PastCall = { draft: RequestDraft; status: number; at: number; traceId: string | null }
const MOST = 20

function read(key: string): PastCall[] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '[]') as PastCall[]
  } catch {
    return []
  }
}

/** The last calls of an endpoint, newest first, kept in this browser. Authorization headers are not kept. */
export function useHistory(endpoint: string) {
  const key = `motia-calls ${endpoint}`
  const [past, setPast] = useState(() => read(key))
  const keep = (calls: PastCall[]) => {
    localStorage.setItem(key, JSON.stringify(calls))
    setPast(calls)
  }
  return {
    past,
    remember: (call: PastCall) => {
      const headers = call.draft.headers.filter((each) => !/authorization|cookie|token|key/i.test(each.name))
      keep([{ ...call, draft: { ...call.draft, headers } }, ...past].slice(0, MOST))
    },
    clear: () => keep([]),
  }
}
