/** What stands behind mock contexts where a worker would have the core: everything is in memory and done at once. */
import { type Answer, type Core, type RunningAttempt, connectCore, connectedCore } from '../author/runtime.js'
import { applyOps } from './update-ops.js'

type Groups = Map<string, Map<string, unknown>>

/** What one mock context holds and collects. */
export interface Memory {
  readonly state: Groups
  readonly streams: Map<string, Groups>
}

export class MemoryCore implements Core {
  readonly #memories = new WeakMap<RunningAttempt, Memory>()
  #latest: Memory = emptyMemory()

  /** The one core of this process's mocks. */
  static connected(): MemoryCore {
    const core = connectedCore()
    if (core instanceof MemoryCore) return core
    const made = new MemoryCore()
    connectCore(made)
    return made
  }

  /** From now on calls of `attempt`, and of nobody, use `memory`. */
  use(attempt: RunningAttempt, memory: Memory): void {
    this.#memories.set(attempt, memory)
    this.#latest = memory
  }

  async ask(
    op: string,
    args: Record<string, any> | null,
    body: string | Uint8Array | null,
    attempt: RunningAttempt | undefined,
  ): Promise<Answer> {
    const memory = (attempt && this.#memories.get(attempt)) ?? this.#latest
    const given = args ?? {}
    const text = body === null ? '' : body.toString()
    const [kind, name] = op.split('.')
    if (op === 'trigger') return answer({ deliveryId: 'mock-delivery', traceId: 'mock-trace-id' })
    if (kind === 'state') return changed(memory.state, name!, given, given.key, text)
    if (kind === 'stream') return streamed(memory, name!, given, text)
    return answer({})
  }

  log(): void {
    // Mock loggers remember what they are told; here it ends.
  }
}

export function emptyMemory(): Memory {
  return { state: new Map(), streams: new Map() }
}

export function groupOf(groups: Groups, name: string): Map<string, unknown> {
  let group = groups.get(name)
  if (group === undefined) groups.set(name, (group = new Map()))
  return group
}

function changed(groups: Groups, name: string, args: Record<string, any>, key: string | undefined, text: string): Answer {
  if (name === 'groups')
    return answer(
      {},
      [...groups].filter(([, items]) => items.size > 0).map(([group]) => group),
    )
  const items = groupOf(groups, args.group)
  switch (name) {
    case 'list':
      return answer({}, [...items.values()])
    case 'keys':
      return answer({}, [...items.keys()])
    case 'entries':
      return answer({}, Object.fromEntries(items))
    case 'clear':
      items.clear()
      return answer({})
  }
  const before = items.get(key!)
  const found = answer({ found: items.has(key!) }, before)
  if (name === 'set') items.set(key!, JSON.parse(text))
  if (name === 'delete') items.delete(key!)
  if (name !== 'update' && name !== 'increment') return found
  const ops = name === 'increment' ? [{ type: 'increment', by: args.by }] : JSON.parse(text)
  const after = applyOps(before ?? null, ops)
  items.set(key!, after)
  return answer({}, name === 'increment' ? after : { old_value: before ?? null, new_value: after })
}

function streamed(memory: Memory, name: string, args: Record<string, any>, text: string): Answer {
  if (name === 'send') return answer({})
  let groups = memory.streams.get(args.stream)
  if (groups === undefined) memory.streams.set(args.stream, (groups = new Map()))
  const id = args.item ?? args.id
  if (name !== 'set') return changed(groups, name, args, id, text)
  const items = groupOf(groups, args.group)
  const before = items.get(id) ?? null
  items.set(id, { ...JSON.parse(text), id })
  return answer({}, { old_value: before, new_value: items.get(id) })
}

function answer(header: Record<string, any>, value?: unknown): Answer {
  return { header, body: Buffer.from(value === undefined ? '' : JSON.stringify(value)) }
}
