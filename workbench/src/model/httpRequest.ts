// A call of an endpoint: from what was filled in to an address, and to a line for a terminal.
export type NameValue = { name: string; value: string; on: boolean }

export type RequestDraft = {
  method: string
  path: string
  params: Record<string, string>
  query: NameValue[]
  headers: NameValue[]
  body: string
}

export const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Names of the parameters in a route's path: `:id`, `{id}`, and `*` for the rest. */
export const pathParameters = (path: string) =>
  [...path.matchAll(/:(\w+)\??|\{(\w+)\}|\*(\w*)/g)].map((match) => match[1] ?? match[2] ?? (match[3] || '*'))

/** The path with its parameters filled in and the query encoded. */
export function target(draft: RequestDraft): string {
  const filled = draft.path.replace(/:(\w+)\??|\{(\w+)\}|\*(\w*)/g, (_, colon?: string, brace?: string, rest?: string) => {
    const name = colon ?? brace
    if (name !== undefined) return encodeURIComponent(draft.params[name] ?? '')
    return (draft.params[rest ?? ''] ?? draft.params['*'] ?? '').split('/').map(encodeURIComponent).join('/')
  })
  const pairs = draft.query.filter((each) => each.on && each.name)
  const query = new URLSearchParams(pairs.map((each) => [each.name, each.value])).toString()
  return query ? `${filled}?${query}` : filled
}

export const missingParameters = (draft: RequestDraft) => pathParameters(draft.path).filter((name) => !draft.params[name])

export function activeHeaders(draft: RequestDraft): [string, string][] {
  return draft.headers.filter((each) => each.on && each.name).map((each) => [each.name, each.value])
}

export const sendsBody = (draft: RequestDraft) => METHODS_WITH_BODY.has(draft.method) && draft.body.trim() !== ''

/** The request as a `curl` command for a POSIX shell. */
export function curl(draft: RequestDraft, origin: string): string {
  const lines = [`curl${draft.method === 'GET' ? '' : ` -X ${draft.method}`} ${quoted(origin + target(draft))}`]
  for (const [name, value] of activeHeaders(draft)) lines.push(`-H ${quoted(`${name}: ${value}`)}`)
  if (sendsBody(draft)) lines.push(`-d ${quoted(draft.body)}`)
  return lines.join(' \\\n  ')
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

export function statusTone(status: number): 'good' | 'info' | 'warn' | 'bad' {
  if (status < 300) return 'good'
  if (status < 400) return 'info'
  return status < 500 ? 'warn' : 'bad'
}

/** Whether the text is JSON, and if not, why. */
export function jsonProblem(text: string): string | null {
  if (text.trim() === '') return null
  try {
    JSON.parse(text)
    return null
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem)
  }
}
