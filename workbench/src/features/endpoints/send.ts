import { activeHeaders, sendsBody, target, type RequestDraft } from '../../model/httpRequest'

export type Reply = {
  status: number
  reason: string
  took: number
  headers: [string, string][]
  body: { kind: 'json'; value: unknown } | { kind: 'text'; text: string } | { kind: 'binary'; size: number; url: string }
  traceId: string | null
  problem?: string
}

const TEXTUAL = /^text\/|json|xml|javascript|x-www-form-urlencoded|event-stream/

/** Calls the endpoint; a call that fails altogether is a reply with status 0. `took` is milliseconds. */
export async function send(draft: RequestDraft, origin: string): Promise<Reply> {
  const began = performance.now()
  try {
    const response = await fetch(origin + target(draft), {
      method: draft.method,
      headers: activeHeaders(draft),
      ...(sendsBody(draft) ? { body: draft.body } : {}),
      redirect: 'follow',
    })
    const blob = await response.blob()
    const took = performance.now() - began
    return {
      status: response.status,
      reason: response.statusText,
      took,
      headers: [...response.headers],
      body: await interpreted(blob, response.headers.get('content-type') ?? ''),
      traceId: response.headers.get('x-trace-id'),
    }
  } catch (problem) {
    const text = problem instanceof Error ? problem.message : String(problem)
    return {
      status: 0,
      reason: '',
      took: performance.now() - began,
      headers: [],
      body: { kind: 'text', text: '' },
      traceId: null,
      problem: text,
    }
  }
}

async function interpreted(blob: Blob, type: string): Promise<Reply['body']> {
  if (blob.size > 0 && !TEXTUAL.test(type)) return { kind: 'binary', size: blob.size, url: URL.createObjectURL(blob) }
  const text = await blob.text()
  if (type.includes('json')) {
    try {
      return { kind: 'json', value: JSON.parse(text) as unknown }
    } catch {
      // It said JSON and is not: shown as what it is.
    }
  }
  return { kind: 'text', text }
}
