import { contextCall } from './context-call.js'
import { DEFAULT_GROUP, groupAndKey, groupKeyValue, nameArgument, onlyGroup } from './keyed-arguments.js'
import { encodePayload } from './payload.js'
import { type RunningAttempt, coreFor, currentAttempt } from './runtime.js'
import { changePair, listOf, listOfOps, valueOf } from './state.js'
import { type StreamAsk, encodeObject, itemCreator } from './stream-item.js'
import type { UpdateResult } from './types/state.js'
import type { MotiaStream, SetStream, StreamConfig, StreamItem, Streams } from './types/streams.js'

const DEFAULT_ID = 'default'

/** One stream. Which stream a name means is the core's to say (STR-22, STR-23). */
export function createStream(name: string, attempt: RunningAttempt | undefined, pairResults: boolean): MotiaStream {
  const ask = askerOf(name, attempt)
  const getGroup = (...args: unknown[]) =>
    ask('list', async (send) => listOf(await send({ group: onlyGroup(args, 'stream.getGroup') })))
  const listGroups = () => ask('groups', async (send) => listOf(await send({})))
  const stream = {
    get: (...args: unknown[]) =>
      ask('get', async (send) => {
        const [group, id] = args.length === 0 ? [DEFAULT_GROUP, DEFAULT_ID] : groupAndKey(args, 'stream.get', 'id')
        return valueOf(await send({ group, item: id }))
      }),
    set: (...args: unknown[]) =>
      ask('set', async (send) => {
        const [group, id, data] =
          args.length === 1 ? [DEFAULT_GROUP, DEFAULT_ID, args[0]] : groupKeyValue(args, 'stream.set', 'data', 'id')
        const change = valueOf(await send({ group, item: id }, encodeObject(data, 'stream data')))
        return pairResults ? changePair(change.old_value, change.new_value) : change.new_value
      }),
    delete: (...args: unknown[]) =>
      ask('delete', async (send) => {
        const [group, id] = args.length === 0 ? [DEFAULT_GROUP, DEFAULT_ID] : groupAndKey(args, 'stream.delete', 'id')
        return valueOf(await send({ group, item: id }))
      }),
    getGroup,
    get_group: getGroup,
    list: getGroup,
    listGroups,
    list_groups: listGroups,
    clear: (...args: unknown[]) =>
      ask('clear', async (send) => {
        await send({ group: onlyGroup(args, 'stream.clear') })
      }),
    update: (...args: unknown[]) =>
      ask('update', async (send) => {
        const [group, id, ops] = groupKeyValue(args, 'stream.update', 'ops', 'id')
        const { old_value, new_value } = valueOf(
          await send({ group, item: id }, encodePayload(updateOps(ops), 'stream.update ops')),
        )
        return changePair(old_value, new_value)
      }),
    send: (...args: unknown[]) =>
      ask('send', async (send) => {
        const [channel, event] = args.length === 1 ? [{ groupId: DEFAULT_GROUP }, args[0]] : args
        const { group, id } = channelArgument(channel)
        await send({ group, item: id }, eventArgument(event))
      }),
  }
  return stream as unknown as MotiaStream
}

function askerOf(stream: string, attempt: RunningAttempt | undefined): StreamAsk {
  return (method, run) => {
    const caller = attempt ?? currentAttempt()
    return contextCall(caller, () => {
      const core = coreFor(caller, `stream.${method}`)
      return run((args, body) => core.ask(`stream.${method}`, { stream, ...args }, body ?? null, caller))
    })
  }
}

/** `ctx.streams`: every name is a stream. */
export function streamsFor(attempt: RunningAttempt): Streams {
  const known = new Map<string, MotiaStream>()
  return new Proxy({} as Streams, {
    get(_target, name) {
      // A promise-like answer to `then` would make `await ctx.streams` hang.
      if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined
      let stream = known.get(name)
      if (stream === undefined) {
        stream = createStream(name, attempt, attempt.pairResults)
        // The helper is a function and a stream is none: as both, neither hides the other (STR-24).
        if (name === 'create')
          stream = Object.assign(
            itemCreator((other) => askerOf(other, attempt)),
            stream,
          )
        known.set(name, stream)
      }
      return stream
    },
  })
}

/** A stream by config or name, usable anywhere (CTX-17); exported from a stream file, it defines the stream. */
export class Stream<TData = any> {
  readonly config: StreamConfig
  readonly get!: MotiaStream<TData>['get']
  readonly set!: SetStream<TData, UpdateResult<StreamItem<TData>>>
  readonly delete!: MotiaStream<TData>['delete']
  readonly get_group!: MotiaStream<TData>['getGroup']
  readonly list_groups!: MotiaStream<TData>['listGroups']
  readonly getGroup!: MotiaStream<TData>['getGroup']
  readonly list!: MotiaStream<TData>['list']
  readonly listGroups!: MotiaStream<TData>['listGroups']
  readonly clear!: MotiaStream<TData>['clear']
  readonly update!: MotiaStream<TData>['update']
  readonly send!: MotiaStream<TData>['send']

  constructor(config: StreamConfig | string) {
    this.config = typeof config === 'string' ? { name: config } : config
    if (typeof this.config?.name !== 'string' || this.config.name === '')
      throw new TypeError('new Stream() needs a config with a name')
    Object.assign(this, createStream(this.config.name, undefined, true))
    if (typeof config !== 'string') definitions.set(this, config)
  }
}

/** Streams that were made with a config, not with the name of one that is defined elsewhere. */
const definitions = new WeakMap<object, StreamConfig>()

/** The config of a stream that defines itself. */
export function definitionOf(value: unknown): StreamConfig | undefined {
  return typeof value === 'object' && value !== null ? definitions.get(value) : undefined
}

/** A partial object instead of operations is merged (STR-14). */
function updateOps(ops: unknown): unknown[] {
  if (Array.isArray(ops) || isOperation(ops)) return listOfOps(ops, 'stream.update')
  encodeObject(ops, 'stream.update: ops')
  return [{ type: 'merge', path: '', value: ops }]
}

const OPERATIONS = new Set(['set', 'merge', 'increment', 'decrement', 'append', 'remove'])

function isOperation(value: unknown): boolean {
  return typeof value === 'object' && value !== null && OPERATIONS.has((value as { type?: any }).type) && 'path' in value
}

function channelArgument(channel: any): { group: string; id?: string } {
  const group = nameArgument(channel?.groupId ?? channel?.group_id, 'groupId', 'stream.send')
  const id = channel.id ?? undefined
  return id === undefined ? { group } : { group, id: nameArgument(id, 'id', 'stream.send') }
}

function eventArgument(event: any): string {
  if (typeof event?.type !== 'string' || event.type === '') {
    throw new TypeError('stream.send takes an event {type, data}, before it perhaps {groupId, id}')
  }
  return encodePayload({ type: event.type, data: event.data ?? null }, 'stream event')
}
