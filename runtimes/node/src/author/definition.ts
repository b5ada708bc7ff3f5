/** Marks the results of the builder functions, so that a worker can tell a Step from any other export. */
export const STEP_KIND = Symbol.for('motia.step.kind')

export type StepKind = 'api' | 'event' | 'cron' | 'noop' | 'http' | 'queue'

/** A config with its handler, whatever form it was written in. */
export interface StepDefinition<C = any, H = any> {
  config: C
  handler: H
}

/** What `api(config, handler)` and its siblings return: still callable, with whatever a unit test makes up. */
export type DefinedStep<C, H extends (...args: any[]) => any> = ((...args: any[]) => ReturnType<H>) & StepDefinition<C, H>

/** A Step in function form: the kind comes from the function that was called. */
export function defineStep(kind: StepKind, config: object, handler: unknown): any {
  if (handler !== undefined && typeof handler !== 'function') {
    throw new TypeError(`${kind}(config, handler): the handler must be a function, not ${typeof handler}`)
  }
  const run = handler as ((...args: unknown[]) => unknown) | undefined
  const callable = function (this: unknown, ...args: unknown[]): unknown {
    if (run === undefined) throw new TypeError(`this ${kind} Step has no handler`)
    return run.apply(this, args)
  }
  Object.defineProperty(callable, 'name', { value: run?.name ?? '', configurable: true })
  return Object.assign(callable, { config: { ...config, type: kind }, handler: run, [STEP_KIND]: kind })
}

export function isConfigObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
