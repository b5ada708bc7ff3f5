/** Loads Step files one after another and says what is in them. */
import { readFileSync } from 'node:fs'
import { isAbsolute, join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setStepsLoading } from '../author/runtime.js'
import type { Loader } from '../loader/install.js'
import { configToJson } from './config-json.js'
import { type FoundStep, findSteps } from './found.js'
import type { FrameWriter } from './frames.js'
import { type LoadError, loadError } from './load-error.js'
import { countParameters } from './parameters.js'
import { type Binding, type StepPlan, planStep } from './step-plan.js'

interface Found {
  entry: string
  form: FoundStep['form']
  config: unknown
  /** Arguments are bound by position: names do not matter. */
  handler: { params: number | null; names: null; async: boolean } | null
  name?: string
  line?: number
}

export class Steps {
  readonly byEntry = new Map<string, StepPlan>()
  readonly #root: string
  readonly #loader: Loader
  readonly #out: FrameWriter

  constructor(root: string, loader: Loader, out: FrameWriter) {
    this.#root = root
    this.#loader = loader
    this.#out = out
  }

  async load(files: string[]): Promise<void> {
    setStepsLoading(true)
    for (const file of files) await this.#loadFile(file)
    setStepsLoading(false)
    this.#send({ t: 'ready' })
  }

  bind(entries: Record<string, Binding>): void {
    for (const [entry, binding] of Object.entries(entries)) {
      const plan = this.byEntry.get(entry)
      if (plan) plan.binding = { ...plan.binding, ...binding }
    }
  }

  async #loadFile(file: string): Promise<void> {
    this.#send({ t: 'loading', file })
    // The core must be able to name a file whose first line never returns.
    this.#out.flush()
    const path = join(this.#root, file)
    let found: Found[] = []
    let error: LoadError | undefined
    try {
      const exports = await import(pathToFileURL(path).href)
      found = this.#describe(file, path, findSteps(exports))
    } catch (thrown) {
      error = loadError(thrown, this.#root, [path, ...this.#loader.importsOf(path)])
    }
    this.#send({ t: 'loaded', file, found, imports: this.#importsOf(path), error })
  }

  #describe(file: string, path: string, steps: FoundStep[]): Found[] {
    const source = steps.length > 0 ? readFileSync(path, 'utf8') : ''
    return steps.map((step, index) => {
      const entry = this.#entryOf(file, step, index, steps.length)
      const described = describeStep(entry, step, path, source)
      this.byEntry.set(entry, planStep(entry, step))
      return described
    })
  }

  #entryOf(file: string, step: FoundStep, index: number, count: number): string {
    if (count === 1) return file
    const name = [step.config.name, step.config.id, step.name].find((text) => typeof text === 'string' && text !== '') ?? index
    const entry = `${file}#${String(name)}`
    return this.byEntry.has(entry) ? `${entry}-${index}` : entry
  }

  #importsOf(path: string): string[] {
    const inProject: string[] = []
    for (const file of this.#loader.importsOf(path)) {
      const name = relative(this.#root, file)
      if (!name.startsWith('..') && !isAbsolute(name) && !/(^|[\\/])node_modules[\\/]/.test(name))
        inProject.push(name.split(sep).join('/'))
    }
    return inProject.sort()
  }

  #send(header: Record<string, unknown>): void {
    this.#out.frame(JSON.stringify(header))
  }
}

function describeStep(entry: string, step: FoundStep, path: string, source: string): Found {
  const found: Found = { entry, form: step.form, config: configToJson(step.config, path), handler: null }
  if (step.handler) {
    // Required parameters only: defaults and rest are declared, but a caller may leave them out (HND-1).
    if (step.handler.length > 2)
      throw new TypeError(
        `the handler of ${entry} requires ${step.handler.length} parameters; handlers take at most two: (input, ctx)`,
      )
    found.handler = {
      params: countParameters(step.handler),
      names: null,
      async: step.handler.constructor.name === 'AsyncFunction',
    }
  }
  if (step.name !== undefined) found.name = step.name
  const line = lineOfHandler(source, step)
  if (line !== undefined) found.line = line
  return found
}

const HANDLER =
  /^[ \t]*(?:export\s+(?:async\s+)?(?:const|let|var|function)\s+handler\b|(?:const|let|var|function|async function)\s+handler\b|(?:module\.)?exports\.handler\s*=)/m
const BUILDER = /^[ \t]*(?:export\s+default|module\.exports\s*=)/m

/** Read from the source text: there is no way to ask a function for its line. */
function lineOfHandler(source: string, step: FoundStep): number | undefined {
  const named =
    step.form === 'function' && step.name
      ? new RegExp(`^[ \\t]*(?:export\\s+)?(?:const|let|var|function|async function)\\s+${escape(step.name)}\\b`, 'm')
      : undefined
  for (const pattern of step.form === 'function' ? [named, BUILDER] : [HANDLER, BUILDER]) {
    const match = pattern?.exec(source)
    if (match) return source.slice(0, match.index).split('\n').length
  }
  return undefined
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
