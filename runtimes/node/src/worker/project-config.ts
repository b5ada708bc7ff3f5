/** The project's config file: what it exports, in all its shapes (CONF-2), and what of it runs in this worker. */
import { authenticationOf } from './authentication.js'
import { ConfigError } from './config-json.js'
import { environmentName } from './environment.js'
import type { FileRunner } from './file-runner.js'
import { defaultExport } from './found.js'
import { isPlain } from './plain.js'
import { projectConfigToJson } from './project-config-json.js'
import { RequestHook } from './request-hook.js'
import type { Hook } from './stream-hooks.js'

type Values = Record<string, any>

/** Exported beside a default export or instead of one. Losing any but the last would let everybody in. */
const OWN_EXPORTS = ['authenticateStream', 'authenticate_stream', 'streamAuth', 'stream_auth', 'otel']

export class ProjectConfig {
  /** What runs before routing; undefined when no config was loaded, or it is broken. */
  requestHook: RequestHook | undefined
  /** What says who is connecting; undefined likewise. */
  authentication: Hook | undefined
  readonly #runner: FileRunner

  constructor(runner: FileRunner) {
    this.#runner = runner
  }

  /** Runs the file and answers it with its values. */
  async load(file: string): Promise<void> {
    const { result, imports, error } = await this.#runner.run(file, async (exports, path) => {
      const values = await exportedValues(exports)
      const json = projectConfigToJson(values, path)
      const authentication = authenticationOf(sectionsOf(values))
      return { json, authentication, hook: await RequestHook.of(ofEnvironment(values)) }
    })
    this.requestHook = result?.hook
    this.authentication = result?.authentication
    this.#runner.send({ t: 'config', file, values: result?.json ?? null, imports, error })
  }
}

async function exportedValues(exports: Values): Promise<Values> {
  if (!('default' in exports)) return { ...exports }
  const main = defaultExport(exports)
  const values = await (typeof main === 'function' ? main() : main)
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new ConfigError(`the config is ${kindOf(values)}; export an object, or a function that returns one`, [])
  }
  const more = OWN_EXPORTS.filter((name) => (values[name] ?? undefined) === undefined && exports[name] !== undefined)
  return more.length === 0 ? values : { ...values, ...Object.fromEntries(more.map((name) => [name, exports[name]])) }
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : value === undefined ? 'undefined' : Array.isArray(value) ? 'a list' : `a ${typeof value}`
}

/** The section of the environment, merged deeply over the other keys (CONF-4). The core does the same with the values. */
function ofEnvironment(values: Values): Values {
  const section = values[environmentName()]
  return isPlain(section) ? merged(values, section) : values
}

/** The values, and over them the section of the environment, if there is one. */
function sectionsOf(values: Values): Values[] {
  const section = values[environmentName()]
  return isPlain(section) ? [values, section] : [values]
}

function merged(below: Values, above: Values): Values {
  const result = { ...below }
  for (const [key, value] of Object.entries(above))
    result[key] = isPlain(value) && isPlain(result[key]) ? merged(result[key], value) : value
  return result
}
