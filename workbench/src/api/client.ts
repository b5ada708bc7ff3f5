// The one way to the core: typed by its own OpenAPI document, relative to wherever the page was served.
import createClient, { type Middleware } from 'openapi-fetch'
import type { paths } from '../model/admin'

const given = document.querySelector<HTMLMetaElement>('meta[name=motia-root]')?.content ?? './'
/** The address of the core, with a slash at its end. */
export const ROOT = new URL(given === 'motia-root' ? './' : given, document.baseURI.split('#')[0]).href

export class CoreError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

const listeners = new Set<() => void>()

/** Hear when the core wants the token. */
export function onLocked(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

const refusals: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return
    if (response.status === 401) listeners.forEach((listener) => listener())
    throw new CoreError(response.status, await messageOf(response))
  },
  onError() {
    return new CoreError(0, 'The core does not answer. Is it still running?')
  },
}

async function messageOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as { error: string }).error
  } catch {
    return `The core answered ${response.status} ${response.statusText}`
  }
}

export const core = createClient<paths>({ baseUrl: ROOT.replace(/\/$/, '') })
core.use(refusals)

/** The body of an answer; refusals were thrown before. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T
}
