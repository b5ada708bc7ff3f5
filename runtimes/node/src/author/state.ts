import { contextCall } from './context-call.js'
import { groupAndKey, groupKeyValue, nameArgument, onlyGroup, DEFAULT_GROUP } from './keyed-arguments.js'
import { encodePayload } from './payload.js'
import { type Answer, type RunningAttempt, coreFor, currentAttempt } from './runtime.js'
import type { InternalStateManager, StateManager } from './types/state.js'

/** The value in an answer that may hold none. */
export function valueOf(answer: Answer): any {
  if (answer.header.found === false || answer.body.length === 0) return null
  return JSON.parse(answer.body.toString())
}

/** Old and new value, under both spellings (CTX-27). */
export function changePair(oldValue: unknown, newValue: unknown): any {
  const pair = { old_value: oldValue, new_value: newValue }
  Object.defineProperty(pair, 'oldValue', { get: () => pair.old_value })
  Object.defineProperty(pair, 'newValue', { get: () => pair.new_value })
  return pair
}

type Ask = (op: string, args: Record<string, unknown> | null, body?: string) => Promise<Answer>

/**
 * State calls on behalf of `attempt`, or of whichever attempt is running. The methods are own properties, bound to nothing,
 * so that they work destructured.
 */
export function createState(attempt: RunningAttempt | undefined, pairResults: boolean): any {
  const call = <T>(method: string, run: (ask: Ask) => Promise<T>): Promise<T> => {
    const caller = attempt ?? currentAttempt()
    return contextCall(caller, () => {
      const core = coreFor(caller, method)
      return run((op, args, body) => core.ask(op, args, body ?? null, caller))
    })
  }
  const getGroup = (...args: unknown[]) =>
    call('state.getGroup', async (ask) => listOf(await ask('state.list', { group: onlyGroup(args, 'state.getGroup') })))
  const getAll = (...args: unknown[]) =>
    call('state.getAll', async (ask) => mapOf(await ask('state.entries', { group: onlyGroup(args, 'state.getAll') })))
  const listGroups = () => call('state.listGroups', async (ask) => listOf(await ask('state.groups', null)))
  return {
    get: (...args: unknown[]) =>
      call('state.get', async (ask) => {
        const [group, key] = groupAndKey(args, 'state.get')
        return valueOf(await ask('state.get', { group, key }))
      }),
    set: (...args: unknown[]) =>
      call('state.set', async (ask) => {
        const [group, key, value] = groupKeyValue(args, 'state.set', 'value')
        const text = encodePayload(value, 'state value')
        const before = await ask('state.set', { group, key }, text)
        const stored = value === undefined ? null : value
        return pairResults ? changePair(valueOf(before), stored) : stored
      }),
    delete: (...args: unknown[]) =>
      call('state.delete', async (ask) => {
        const [group, key] = groupAndKey(args, 'state.delete')
        return valueOf(await ask('state.delete', { group, key }))
      }),
    has: (...args: unknown[]) =>
      call('state.has', async (ask) => {
        const [group, key] = groupAndKey(args, 'state.has')
        return (await ask('state.has', { group, key })).header.found === true
      }),
    getGroup,
    list: getGroup,
    get_group: getGroup,
    getAll,
    get_all: getAll,
    keys: (...args: unknown[]) =>
      call('state.keys', async (ask) => listOf(await ask('state.keys', { group: onlyGroup(args, 'state.keys') }))),
    listGroups,
    list_groups: listGroups,
    clear: (...args: unknown[]) =>
      call('state.clear', async (ask) => {
        await ask('state.clear', { group: onlyGroup(args, 'state.clear') })
      }),
    update: (...args: unknown[]) =>
      call('state.update', async (ask) => {
        const [group, key, ops] = groupKeyValue(args, 'state.update', 'ops')
        const text = encodePayload(listOfOps(ops, 'state.update'), 'state.update ops')
        const { old_value, new_value } = valueOf(await ask('state.update', { group, key }, text))
        return changePair(old_value, new_value)
      }),
    increment: (...args: unknown[]) =>
      call('state.increment', async (ask) => {
        const [group, key, by] = incrementArguments(args)
        return valueOf(await ask('state.increment', { group, key, by }))
      }),
  }
}

/** State outside of a context; `set` answers with the old and the new value (CTX-16, CTX-27). */
export const stateManager: StateManager = createState(undefined, true)

export function stateFor(attempt: RunningAttempt): InternalStateManager {
  return createState(attempt, attempt.pairResults)
}

/** `(key)`, `(key, by)`, `(group, key)` and `(group, key, by)`: a number in second place is the step (STA-11). */
function incrementArguments(args: unknown[]): [string, string, number] {
  const method = 'state.increment'
  const [first, second, third] = args
  let group: unknown = DEFAULT_GROUP
  let key: unknown = first
  let by: unknown = 1
  if (args.length === 2 && typeof second === 'number') by = second
  else if (args.length === 2 || args.length === 3) [group, key, by] = [first, second, args.length === 3 ? third : 1]
  else if (args.length !== 1)
    throw new TypeError(`${method} takes (key), (key, by), (group, key) or (group, key, by), not ${args.length} arguments`)
  if (typeof by !== 'number' || !Number.isFinite(by)) throw new TypeError(`${method}: by must be a finite number`)
  return [nameArgument(group, 'group', method), nameArgument(key, 'key', method), by]
}

export function listOfOps(ops: unknown, method: string): unknown[] {
  const list = Array.isArray(ops) ? ops : [ops]
  for (const op of list) {
    if (typeof op !== 'object' || op === null || typeof op.type !== 'string') {
      throw new TypeError(`${method}: ops must be operations such as {type: 'increment', path: 'count', by: 1}`)
    }
  }
  return list
}

export function listOf(answer: Answer): any[] {
  return answer.body.length === 0 ? [] : JSON.parse(answer.body.toString())
}

function mapOf(answer: Answer): Record<string, any> {
  return answer.body.length === 0 ? {} : JSON.parse(answer.body.toString())
}
