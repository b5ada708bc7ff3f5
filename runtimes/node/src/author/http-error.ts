/**
 * Throw it anywhere in an HTTP Step to answer with that status (HTTP-26).
 *
 * A text becomes `{"error": text}`; anything else is the JSON body itself.
 *
 * ```ts
 * throw new HttpError(404, 'No such quote')
 * throw new HttpError(409, { error: 'Taken', id })
 * ```
 */
export class HttpError extends Error {
  override name = 'HttpError'
  readonly status: number
  readonly body: unknown
  readonly headers: Record<string, string | string[]> | undefined

  constructor(status: number, messageOrBody?: unknown, headers?: Record<string, string | string[]>) {
    super(messageOf(status, messageOrBody))
    if (!Number.isInteger(status) || status < 200 || status > 599) {
      throw new RangeError(`HttpError needs a status from 200 to 599, not ${String(status)}`)
    }
    this.status = status
    this.body = messageOrBody === undefined || typeof messageOrBody === 'string' ? { error: this.message } : messageOrBody
    this.headers = headers
  }
}

function messageOf(status: number, messageOrBody: unknown): string {
  if (typeof messageOrBody === 'string') return messageOrBody
  const error = (messageOrBody as { error?: unknown; message?: unknown } | null | undefined) ?? {}
  for (const text of [error.error, error.message]) if (typeof text === 'string') return text
  return `HTTP ${status}`
}
