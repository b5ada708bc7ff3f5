import { contextCall } from './context-call.js'
import { milliseconds, pointInTime } from './durations.js'
import { encodePayload } from './payload.js'
import { type RunningAttempt, coreFor, currentAttempt } from './runtime.js'
import type { Emitter } from './types/events.js'

interface EventHeader {
  topic: string
  bytes: number
  messageGroupId?: string
  delay?: number
  at?: number
  idempotencyKey?: string
}

/** An `emit` that works for `attempt`, or for whichever attempt is running when it is called. */
export function emitterFor(attempt: RunningAttempt | undefined): Emitter<any> {
  return (first: any, data?: unknown): Promise<void> => {
    const caller = attempt ?? currentAttempt()
    return contextCall(caller, async () => {
      const events = readEvents(first, data)
      if (events.length === 0) return
      const payloads = events.map((event, index) =>
        encodePayload(event.data, events.length === 1 ? 'emit data' : `emit ${index} data`),
      )
      const header = events.map((event, index) => eventHeader(event, payloads[index]!))
      await coreFor(caller, 'emit').ask('emit', { events: header }, payloads.join(''), caller)
    })
  }
}

export const emit: Emitter<any> = emitterFor(undefined)

function readEvents(first: unknown, data: unknown): Record<string, unknown>[] {
  if (typeof first === 'string') return [{ topic: first, data }]
  const events = Array.isArray(first) ? first : [first]
  for (const event of events) {
    if (typeof event !== 'object' || event === null)
      throw new TypeError(`emit takes {topic, data}, a list of those, or (topic, data), not ${describe(event)}`)
  }
  return events
}

function eventHeader(event: Record<string, unknown>, payload: string): EventHeader {
  // `type` was the name of the topic in early versions.
  const topic = event.topic ?? event.type
  if (typeof topic !== 'string' || topic === '')
    throw new TypeError(`emit needs a topic, a non-empty string, not ${describe(topic)}`)
  const header: EventHeader = { topic, bytes: Buffer.byteLength(payload) }
  const group = event.messageGroupId ?? event.message_group_id
  if (group !== undefined && group !== null) header.messageGroupId = textOf(group, 'messageGroupId')
  const key = event.idempotencyKey ?? event.idempotency_key
  if (key !== undefined && key !== null) header.idempotencyKey = textOf(key, 'idempotencyKey')
  if (event.delay !== undefined && event.delay !== null) header.delay = milliseconds(event.delay, 'delay')
  if (event.at !== undefined && event.at !== null) header.at = pointInTime(event.at, 'at')
  return header
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  throw new TypeError(`${name} must be a non-empty string, not ${describe(value)}`)
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}
