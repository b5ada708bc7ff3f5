/** From the exports of a stream file to the definitions in it (STR-6). */
import { definitionOf } from '../author/streams.js'
import { ConfigError, toConfigJson } from './config-json.js'
import type { FileRunner } from './file-runner.js'
import { defaultExport } from './found.js'
import { StreamHooks, isStorage } from './stream-hooks.js'

type Config = Record<string, any>

interface Found {
  entry: string
  form: 'stream'
  config: unknown
  handler: null
}

export class StreamDefinitions {
  readonly byEntry = new Map<string, StreamHooks>()
  readonly #runner: FileRunner

  constructor(runner: FileRunner) {
    this.#runner = runner
  }

  /** Runs a stream file and answers it with what was found. */
  async load(file: string): Promise<void> {
    const { result, imports, error } = await this.#runner.run(file, (exports, path) =>
      this.#describe(file, path, findStreams(exports)),
    )
    this.#runner.send({ t: 'loaded', file, found: result ?? [], imports, error })
  }

  #describe(file: string, path: string, streams: Map<Config, string>): Found[] {
    return [...streams].map(([config, exportName], index) => {
      const name = typeof config.name === 'string' && config.name !== '' ? config.name : exportName
      const several = this.byEntry.has(`${file}#${name}`) ? `${file}#${name}-${index}` : `${file}#${name}`
      const entry = streams.size === 1 ? file : several
      const found: Found = { entry, form: 'stream', config: describeStream(config, path), handler: null }
      this.byEntry.set(entry, new StreamHooks(name, config))
      return found
    })
  }
}

/** The definitions that a module exports, with the names of the exports: its `config` first, then what else defines a stream. */
export function findStreams(exports: Config): Map<Config, string> {
  const found = new Map<Config, string>()
  const add = (value: any, name: string): void => {
    const config = definitionOf(value) ?? value
    if (!isObject(config)) throw new ConfigError(`${name} is ${kindOf(config)}; a stream is defined by an object`, [])
    if (!found.has(config)) found.set(config, name)
  }
  const main = defaultExport(exports)
  const config = exports.config ?? (isObject(main) && definitionOf(main) === undefined ? main.config : undefined)
  if (config !== undefined && config !== null) add(config, 'config')
  for (const value of Array.isArray(main) ? main : [main]) {
    if (definitionOf(value) !== undefined || (isObject(value) && config === undefined && !holdsDefinitions(value)))
      add(value, 'default')
  }
  for (const [name, value] of Object.entries({ ...(isObject(main) ? main : null), ...exports }))
    if (definitionOf(value) !== undefined) add(value, name)
  return found
}

/** CommonJS: `module.exports = { chat: new Stream(…) }` is no config. */
function holdsDefinitions(value: Config): boolean {
  return Object.values(value).some((member) => definitionOf(member) !== undefined)
}

function describeStream(config: Config, file: string): unknown {
  return toConfigJson(config, {
    file,
    lenientKeys: new Set(),
    functionName: ({ name }) => name,
    substitute: (value, keys) =>
      keys.at(-1) === 'factory' && isStorage(value) ? { json: { $motia: 'function', name: 'factory' } } : undefined,
  })
}

function isObject(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
