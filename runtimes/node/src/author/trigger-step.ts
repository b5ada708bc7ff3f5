import { contextCall } from './context-call.js'
import { encodePayload } from './payload.js'
import { coreFor, currentAttempt } from './runtime.js'

/** A durable direct start. */
export interface Started {
  id: string
  traceId: string
}

/**
 * Starts the Step whose id or name is `step` with `data` (EVT-25). Resolves when the start is durably stored, not when the
 * Step has run.
 */
export function trigger(step: string, data?: unknown): Promise<Started> {
  const attempt = currentAttempt()
  return contextCall(attempt, async () => {
    if (typeof step !== 'string' || step === '') throw new TypeError('motia.trigger needs the id or name of a Step')
    const core = coreFor(attempt, 'motia.trigger')
    const { header } = await core.ask('trigger', { step }, encodePayload(data, 'trigger data'), attempt)
    return { id: header.deliveryId, traceId: header.traceId }
  })
}
