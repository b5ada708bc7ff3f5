/** The project's config as JSON: what `config` frames carry. */
import { recordingOf } from '../author/adapters.js'
import builtInPlugin from '../author/plugin.js'
import { toConfigJson } from './config-json.js'
import { isPlain } from './plain.js'

/** Keys that say what carries state, streams, events and cron (CONF-22, CONF-23, CONF-25). */
const ENGINES = new Set(['adapters', 'state', 'streams', 'events', 'cron', 'queue'])

/** The name of the function that stands for every `@motiadev/plugin-*`: the core need not tell anyone about it. */
const BUILT_IN_PLUGIN = 'motia.plugin'

/** `file` is the config's own. Functions are named by their dotted path, as hooks will be. */
export function projectConfigToJson(values: object, file: string): unknown {
  // Telemetry settings hold live objects, plug-ins anything; neither is worth refusing to start.
  const lenientKeys = new Set(['otel', 'plugins'])
  const functionName = (value: { name: string }, keys: string[]) => (value === builtInPlugin ? BUILT_IN_PLUGIN : keys.join('.'))
  return toConfigJson(values, { file, lenientKeys, functionName, substitute })
}

function substitute(value: object, keys: string[], lenient: boolean): { json: unknown } | undefined {
  const recording = recordingOf(value)
  if (recording) return { json: { $motia: 'adapter', name: recording.name, options: optionsOf(recording.arguments) } }
  if (value instanceof URL) return { json: value.href }
  if (keys.some((key) => ENGINES.has(key)) && isHandWritten(value, keys)) {
    return { json: { $motia: 'adapter', name: value.constructor?.name ?? 'Object', foreign: true } }
  }
  return lenient && !isPlain(value) && !Array.isArray(value) ? { json: null } : undefined
}

/** An object of a class, or one with methods where adapters stand: code that would never run. */
function isHandWritten(value: object, keys: string[]): boolean {
  if (Array.isArray(value)) return false
  if (!isPlain(value)) return true
  return keys.at(-2) === 'adapters' && Object.values(value).some((member) => typeof member === 'function')
}

/** The options an adapter was made with: `(options)`, or `(connection, options)` where the connection may be a live client. */
function optionsOf(args: unknown[]): object {
  return Object.assign({}, ...args.map((argument) => optionJson(argument, 0)))
}

const DEEPEST_OPTION = 8

/** What JSON can hold of an option. Clients of Redis and RabbitMQ are known by what they keep in `options`. */
function optionJson(value: unknown, depth: number): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value !== 'object' || depth > DEEPEST_OPTION) return undefined
  if (value instanceof URL) return value.href
  if (Array.isArray(value)) return value.map((item) => optionJson(item, depth + 1) ?? null)
  const source = isPlain(value) ? value : (value as { options?: unknown }).options
  if (!isPlain(source)) return undefined
  return Object.fromEntries(Object.entries(source).map(([key, item]) => [key, optionJson(item, depth + 1)]))
}
