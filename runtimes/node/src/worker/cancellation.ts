const CANCELLATIONS: Record<string, string> = {
  timeout: 'the Step timed out',
  disconnect: 'the client disconnected',
  shutdown: 'the worker is shutting down',
}

/** What `ctx.signal` and cut-off writes are rejected with. */
export function cancellation(reason: string): DOMException {
  return new DOMException(
    CANCELLATIONS[reason] ?? `the attempt was cancelled (${reason})`,
    reason === 'timeout' ? 'TimeoutError' : 'AbortError',
  )
}
