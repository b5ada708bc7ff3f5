/**
 * What the core asks of a stream's definition: who may watch it, who has gone, and to keep its items elsewhere (STR-3 to STR-5).
 * Whatever is not clearly a yes is a failure, and the core takes a failure for a no (STR-33).
 */
import { encodePayload } from '../author/payload.js'
import type { Attempt } from './attempt.js'
import { ConfigError } from './config-json.js'
import { withBothSpellings } from './input-alias.js'

/** Gives what the call is answered with. */
export type Hook = (attempt: Attempt) => Promise<unknown>

type Config = Record<string, any>

export class StreamHooks {
  readonly name: string
  readonly #canAccess: any
  readonly #onJoin: any
  readonly #onLeave: any
  readonly #storage: Storage | undefined

  constructor(name: string, config: Config) {
    this.name = name
    this.#canAccess = spelled(config, 'canAccess', 'can_access')
    this.#onJoin = spelled(config, 'onJoin', 'on_join')
    this.#onLeave = spelled(config, 'onLeave', 'on_leave')
    const factory = spelled(config, 'baseConfig', 'base_config')?.factory ?? undefined
    this.#storage = factory === undefined ? undefined : new Storage(name, factory)
  }

  /** Undefined when the definition has no function for it. */
  find(hook: string): Hook | undefined {
    if (hook === 'stream.access' && (this.#canAccess || this.#onJoin)) return (attempt) => this.#access(attempt)
    if (hook === 'stream.leave' && this.#onLeave) return (attempt) => this.#leave(attempt)
    const storage = this.#storage
    return hook === 'stream.storage' && storage ? (attempt) => storage.run(attempt) : undefined
  }

  async #access(attempt: Attempt): Promise<{ allowed: boolean }> {
    const [subscription, authContext] = watcherOf(attempt)
    if (this.#canAccess) {
      const allowed = await this.#canAccess.call(undefined, subscription, authContext)
      if (typeof allowed !== 'boolean') {
        throw new TypeError(`canAccess of the stream '${this.name}' gives true or false, not ${kindOf(allowed)}`)
      }
      if (!allowed) return { allowed }
    }
    if (!this.#onJoin) return { allowed: true }
    return { allowed: !this.#unauthorized(await this.#onJoin.call(undefined, subscription, attempt.context, authContext)) }
  }

  async #leave(attempt: Attempt): Promise<undefined> {
    const [subscription, authContext] = watcherOf(attempt)
    await this.#onLeave.call(undefined, subscription, attempt.context, authContext)
    return undefined
  }

  #unauthorized(joined: any): boolean {
    if (joined === undefined || joined === null) return false
    const isObject = typeof joined === 'object' && !Array.isArray(joined)
    const unauthorized = isObject ? (joined.unauthorized ?? false) : undefined
    if (typeof unauthorized !== 'boolean') {
      const what = isObject ? `{unauthorized: ${kindOf(unauthorized)}}` : kindOf(joined)
      throw new TypeError(`onJoin of the stream '${this.name}' gives nothing or {unauthorized: true}, not ${what}`)
    }
    return unauthorized
  }
}

/** Where the items of one stream are kept, by the author's own code. */
class Storage {
  readonly #stream: string
  readonly #factory: any
  /** Calls that come meanwhile wait for the same object. */
  #object: Promise<any> | undefined

  constructor(stream: string, factory: unknown) {
    this.#stream = stream
    this.#factory = factory
  }

  async run(attempt: Attempt): Promise<unknown> {
    const { groupId, id, data, event } = bodyOf(attempt)
    const op: string = attempt.header.op
    switch (op) {
      case 'get':
      case 'delete':
        return this.#checked(op, await this.#call([op], [groupId, id]))
      case 'set':
        return this.#checked(op, await this.#call([op], [groupId, id, data]))
      case 'list':
        return this.#checked(op, await this.#call(['getGroup', 'get_group', 'list'], [groupId]))
      case 'send':
        await this.#call([op], [withBothSpellings(id === undefined ? { groupId } : { groupId, id }), event], true)
        return undefined
    }
    throw new TypeError(`there is no storage operation '${op}'`)
  }

  async #call(names: string[], args: unknown[], optional = false): Promise<unknown> {
    const object = await (this.#object ??= this.#make())
    const name = names.find((each) => typeof object[each] === 'function')
    if (name !== undefined) return object[name](...args)
    if (optional) return undefined
    throw new TypeError(`the storage of the stream '${this.#stream}' has no method '${names[0]}'`)
  }

  async #make(): Promise<any> {
    try {
      const made = await madeBy(this.#factory)
      if (typeof made === 'object' && made !== null) return made
      throw new TypeError(`baseConfig.factory of the stream '${this.#stream}' gives an object, not ${kindOf(made)}`)
    } catch (error) {
      this.#object = undefined // a database that was away may be back
      throw error
    }
  }

  #checked(op: string, result: unknown): unknown {
    const text = encodePayload(result, `the result of ${op}`)
    const isRight = op === 'list' ? text.startsWith('[') : text === 'null' || text.startsWith('{')
    if (isRight) return result
    const wanted = op === 'list' ? 'a list of items' : 'an item or null'
    throw new TypeError(`'${op}' of the storage of the stream '${this.#stream}' gives ${wanted}, not ${kindOf(result)}`)
  }
}

function madeBy(factory: any): unknown {
  if (isStorage(factory)) return factory
  return /^class\b/.test(Function.prototype.toString.call(factory)) ? new factory() : factory()
}

/** Whether a value is the object that keeps a stream's items, instead of a function that makes it. */
export function isStorage(value: any): boolean {
  return (
    typeof value === 'object' && value !== null && ['get', 'set', 'delete'].every((name) => typeof value[name] === 'function')
  )
}

function watcherOf(attempt: Attempt): [subscription: unknown, authContext: unknown] {
  const { subscription, authContext = null } = bodyOf(attempt)
  attempt.input = withBothSpellings(subscription)
  return [attempt.input, authContext]
}

function bodyOf({ body }: Attempt): Config {
  return JSON.parse(body.toString())
}

/** A key of a definition in whichever spelling it is written. */
function spelled(config: Config, camel: string, snake: string): any {
  const [one, other] = [config[camel] ?? undefined, config[snake] ?? undefined]
  if (one === undefined || other === undefined || one === other) return one ?? other
  throw new ConfigError(`config.${camel} and config.${snake} are the same and have different values`, [camel])
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`
}
