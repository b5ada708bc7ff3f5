/** Loads Step files and says what is in them. */
import { readFileSync } from 'node:fs'
import { configToJson } from './config-json.js'
import type { FileRunner } from './file-runner.js'
import { type FoundStep, findSteps } from './found.js'
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
  readonly #runner: FileRunner

  constructor(runner: FileRunner) {
    this.#runner = runner
  }

  /** Runs a Step file and answers it with what was found. */
  async load(file: string): Promise<void> {
    const { result, imports, error } = await this.#runner.run(file, (exports, path) =>
      this.#describe(file, path, findSteps(exports)),
    )
    this.#runner.send({ t: 'loaded', file, found: result ?? [], imports, error })
  }

  bind(entries: Record<string, Binding>): void {
    for (const [entry, binding] of Object.entries(entries)) {
      const plan = this.byEntry.get(entry)
      if (plan) plan.binding = { ...plan.binding, ...binding }
    }
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
