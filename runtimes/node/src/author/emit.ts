import { contextCall } from './context-call.js'
import { milliseconds, pointInTime } from './durations.js'
import { encodePayload } from './payload.js'
import { type RunningAttempt, coreFor, currentAttempt } from './runtime.js'
import type { EmitCanceller, Emitter } from './types/events.js'

interface EventHeader {
  topic: string
  bytes: number
  [option: string]: string | number
}

type OptionReader = (value: unknown, name: string) => string | number

const OPTIONS: Record<string, OptionReader> = {
  messageGroupId: textOf,
  delay: milliseconds,
  at: pointInTime,
  ttl: milliseconds,
  idempotencyKey: textOf,
  idempotencyScope: textOf,
  idempotencyTtl: milliseconds,
  dedupKey: textOf,
}
const CHOOSING = ['idempotencyKey', 'idempotencyScope', 'dedupKey']

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

/** A `cancelEmit` that works for `attempt`, or for whichever attempt is running when it is called. */
export function cancellerFor(attempt: RunningAttempt | undefined): EmitCanceller {
  return (chosen) => {
    const caller = attempt ?? currentAttempt()
    return contextCall(caller, async () => {
      if (typeof chosen !== 'object' || chosen === null)
        throw new TypeError(`cancelEmit takes {topic, idempotencyKey} or {topic, dedupKey}, not ${describe(chosen)}`)
      const given = chosen as unknown as Record<string, unknown>
      const named = { topic: topicOf(given.topic, 'cancelEmit'), ...options(given, CHOOSING) }
      const { header } = await coreFor(caller, 'cancelEmit').ask('emit.cancel', named, '', caller)
      return header.cancelled as number
    })
  }
}

export const cancelEmit: EmitCanceller = cancellerFor(undefined)

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
  const topic = topicOf(event.topic ?? event.type, 'emit')
  return { topic, bytes: Buffer.byteLength(payload), ...options(event, Object.keys(OPTIONS)) }
}

function topicOf(topic: unknown, caller: string): string {
  if (typeof topic !== 'string' || topic === '')
    throw new TypeError(`${caller} needs a topic, a non-empty string, not ${describe(topic)}`)
  return topic
}

/** Those of `names` that are set, in either spelling. */
function options(given: Record<string, unknown>, names: string[]): Record<string, string | number> {
  const found: Record<string, string | number> = {}
  for (const name of names) {
    const plain = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const value = given[name] ?? given[plain]
    if (value === undefined || value === null) continue
    const other = given[plain] ?? value
    if (!Object.is(other, value)) throw new TypeError(`'${name}' and '${plain}' are the same option and have different values`)
    found[name] = OPTIONS[name]!(value, name)
  }
  return found
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
