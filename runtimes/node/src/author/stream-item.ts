/** `streams.create`: an item that can be written to at once (STR-24). */
import { liveSchema } from '../schema/live.js'
import { DEFAULT_GROUP, nameArgument } from './keyed-arguments.js'
import { encodePayload } from './payload.js'
import type { Answer } from './runtime.js'
import { valueOf } from './state.js'
import type { CreateStreamItem, CreatedStreamItem } from './types/streams.js'

/** One call of a stream: `run` gets what asks the core and gives the call's result. */
export type StreamAsk = <T>(method: string, run: (send: Send) => Promise<T>) => Promise<T>
export type Send = (args: Record<string, unknown>, body?: string) => Promise<Answer>

type Fields = Record<string, any>

/** The helper itself; `askOf` gives the calls of a stream by its name. */
export function itemCreator(askOf: (stream: string) => StreamAsk): CreateStreamItem {
  return (options) => {
    const method = 'streams.create'
    const stream = nameArgument(options?.name ?? DEFAULT_GROUP, 'name', method)
    const group = nameArgument(options?.groupId ?? options?.group_id ?? DEFAULT_GROUP, 'groupId', method)
    return new StreamItemHandle(askOf(stream), group, nameArgument(options?.id, 'id', method), initialOf(options))
  }
}

class StreamItemHandle implements CreatedStreamItem<any> {
  readonly id: string
  data: any
  readonly #ask: StreamAsk
  readonly #group: string
  /** What the first update writes besides its own fields; nothing once an item is stored. */
  #initial: Fields
  /** Fields of updates that are on their way. */
  #unconfirmed: Fields = {}
  #updates = 0
  #isLoaded = false
  readonly #loading: Promise<void>
  /** The same, as a call that the attempt waits for. */
  readonly #call: Promise<void>

  constructor(ask: StreamAsk, group: string, id: string, initial: Fields) {
    this.id = id
    this.data = { ...initial }
    this.#ask = ask
    this.#group = group
    this.#initial = initial
    let loading: Promise<void> | undefined
    this.#call = ask('get', (send) => (loading = this.#load(send)))
    this.#loading = loading ?? this.#call
  }

  /** Replaces top-level fields and publishes the item. */
  update(partial: Fields): Promise<any> {
    return this.#ask('update', async (send) => {
      const fields: Fields = JSON.parse(encodeObject(partial, 'stream data'))
      this.data = { ...this.data, ...fields }
      Object.assign(this.#unconfirmed, fields)
      this.#updates++
      await this.#loading
      const whole = { ...this.#initial, ...fields }
      this.#initial = {}
      const ops = Object.entries(whole).map(([name, value]) => ({ type: 'set', path: [name], value }))
      if (ops.length === 0) ops.push({ type: 'merge', path: '', value: {} } as never)
      const { new_value: item } = valueOf(
        await send({ group: this.#group, item: this.id }, encodePayload(ops, 'stream data')),
      ) as Fields
      if (--this.#updates === 0) {
        this.#unconfirmed = {}
        this.data = item
      }
      return item
    })
  }

  /** So that `await streams.create(…)` gives the item with what is stored. Nobody has to. */
  get then(): any {
    if (this.#isLoaded) return undefined
    return (resolve: (item: this) => void, reject: (error: unknown) => void) => this.#call.then(() => resolve(this), reject)
  }

  async #load(send: Send): Promise<void> {
    const stored = valueOf(await send({ group: this.#group, item: this.id }))
    this.#isLoaded = true
    if (stored === null) return
    this.#initial = {}
    this.data = { ...stored, ...this.#unconfirmed }
  }
}

/** The JSON text of an item or of fields of one; refuses what is no object. */
export function encodeObject(value: unknown, what: string): string {
  const text = encodePayload(value, what)
  if (!text.startsWith('{')) throw new TypeError(`${what} must be an object`)
  return text
}

function initialOf({ initial, schema }: Fields): Fields {
  if (initial !== undefined && initial !== null) return JSON.parse(encodeObject(initial, 'streams.create: initial'))
  if (typeof schema !== 'object' || schema === null || isSchema(schema)) return {}
  return JSON.parse(encodeObject(schema, 'streams.create: schema'))
}

const SCHEMA_KEYS = ['$ref', '$schema', 'allOf', 'anyOf', 'enum', 'oneOf', 'properties', 'type']
const SCHEMA_TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']

/** An example may well have a `type`, but not one that JSON Schema knows. */
function isSchema(value: Fields): boolean {
  if (liveSchema(value) !== undefined) return true
  return SCHEMA_KEYS.some((key) => key in value) && (!('type' in value) || SCHEMA_TYPES.includes(value.type))
}
