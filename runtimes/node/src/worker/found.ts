/** From the exports of a loaded file to the Steps in it (CFG-1, CFG-4, CFG-5, PRJ-20). */
import { STEP_KIND } from '../author/definition.js'

export type Form = 'type' | 'function' | 'triggers'
export type Handler = (...args: any[]) => unknown

export interface FoundStep {
  form: Form
  config: Record<string, unknown>
  handler: Handler | null
  /** What the file calls it: the export's or the function's name; undefined for the file's only, unnamed Step. */
  name: string | undefined
}

/** The Steps that a module exports. Their order is the order of the exports, the file's main Step first. */
export function findSteps(exports: Record<string, any>): FoundStep[] {
  const found = new Map<object, FoundStep>()
  const add = (step: FoundStep | undefined): void => {
    if (step && !found.has(step.config)) found.set(step.config, step)
  }
  if (isObject(exports.config)) add(fromParts(exports.config, exports.handler, undefined))
  const main = defaultExport(exports)
  if (Array.isArray(main)) main.forEach((value) => add(fromValue(value, undefined)))
  else add(fromValue(main, undefined))
  const named = isObject(main) && !isStepValue(main) && exports.config === undefined ? { ...main, ...exports } : exports
  for (const [name, value] of Object.entries(named)) {
    if (!['default', 'config', 'handler', 'module.exports', '__esModule'].includes(name) && isStepValue(value))
      add(fromValue(value, name))
  }
  return [...found.values()]
}

/** The default export, through the extra layer that a compiler of ES modules to CommonJS leaves. */
export function defaultExport(exports: Record<string, any>): any {
  const main = exports.default
  return isObject(main) && main.__esModule === true && 'default' in main ? main.default : main
}

function fromValue(value: any, exportName: string | undefined): FoundStep | undefined {
  if (!isStepValue(value)) return undefined
  if (value[STEP_KIND] === undefined) return fromParts(value.config, value.handler, exportName)
  const handler = typeof value.handler === 'function' ? value.handler : null
  return { form: 'function', config: value.config, handler, name: exportName ?? nameOf(handler) }
}

function fromParts(config: Record<string, unknown>, handler: unknown, name: string | undefined): FoundStep {
  const isCallable = typeof handler === 'function'
  return {
    form: config.triggers === undefined ? 'type' : 'triggers',
    config,
    handler: isCallable ? (handler as Handler) : null,
    name,
  }
}

/** A builder's result or a `{config, handler}` pair; a lone object with a `config` is anything. */
function isStepValue(value: any): boolean {
  if (typeof value === 'function') return value[STEP_KIND] !== undefined
  if (!isObject(value) || !isObject(value.config)) return false
  return (
    typeof value.handler === 'function' ||
    typeof value.handle === 'function' ||
    typeof value.config.type === 'string' ||
    Array.isArray(value.config.triggers)
  )
}

function isObject(value: unknown): value is Record<string, any> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nameOf(handler: Handler | null): string | undefined {
  return handler?.name || undefined
}
