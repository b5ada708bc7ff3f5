import type { StepDefinition } from './definition.js'
import type { TriggersConfig } from './types/config.js'
import type { FlowContext } from './types/context.js'
import type { StepHandler } from './types/handlers.js'

/** A config still waiting for its handler. */
export interface StepBuilder<C = TriggersConfig> {
  config: C
  handle(handler: StepHandler<C>): StepDefinition<C, StepHandler<C>>
}
export const StepBuilder = undefined

/** A Step in triggers form: `step(config, handler)` or `step(config).handle(handler)`. */
export function step<const C extends TriggersConfig>(config: C, handler: StepHandler<C>): StepDefinition<C, StepHandler<C>>
export function step<const C extends TriggersConfig>(config: C): StepBuilder<C>
export function step(config: any, handler?: any): any {
  if (typeof config !== 'object' || config === null) throw new TypeError('step(config, handler): the config must be an object')
  const define = (run: unknown): StepDefinition => {
    if (typeof run !== 'function') throw new TypeError('step(): the handler must be a function')
    return { config, handler: run }
  }
  return handler === undefined ? { config, handle: define } : define(handler)
}

type Input = (input: any, ctx: FlowContext<any, any>) => unknown

/** One handler per kind of trigger. */
export interface TriggerHandlers {
  http?: Input
  queue?: Input
  cron?: (ctx: FlowContext<any, any>) => unknown
  state?: Input
  stream?: Input
}

const KINDS = ['http', 'queue', 'cron', 'state', 'stream'] as const

/** Collects handlers by kind of trigger; `handlers()` makes the Step. */
export class MultiTriggerStepBuilder<C = TriggersConfig> {
  readonly config: C
  readonly #handlers: TriggerHandlers = {}

  constructor(config: C) {
    this.config = config
  }

  onHttp(handler: Input): this {
    return this.#add('http', handler)
  }
  onQueue(handler: Input): this {
    return this.#add('queue', handler)
  }
  onCron(handler: (ctx: FlowContext<any, any>) => unknown): this {
    return this.#add('cron', handler)
  }
  onState(handler: Input): this {
    return this.#add('state', handler)
  }
  onStream(handler: Input): this {
    return this.#add('stream', handler)
  }

  handlers(more: TriggerHandlers = {}): StepDefinition<C, Input> {
    const all: TriggerHandlers = { ...this.#handlers, ...more }
    for (const kind of Object.keys(all))
      if (!KINDS.includes(kind as any))
        throw new TypeError(`multiTriggerStep has no handlers for "${kind}"; it knows ${KINDS.join(', ')}`)
    return { config: this.config, handler: (input, ctx) => dispatch(all, input, ctx) }
  }

  #add(kind: keyof TriggerHandlers, handler: Input | ((ctx: any) => unknown)): this {
    if (typeof handler !== 'function') throw new TypeError(`multiTriggerStep: the ${kind} handler must be a function`)
    this.#handlers[kind] = handler as any
    return this
  }
}

function dispatch(handlers: TriggerHandlers, input: unknown, ctx: FlowContext<any, any>): unknown {
  const kind = ctx.trigger.type as keyof TriggerHandlers
  const handler = handlers[kind]
  if (handler === undefined) {
    const available = KINDS.filter((name) => handlers[name] !== undefined).join(', ')
    throw new Error(`No handler defined for trigger type: ${kind}. Available handlers: ${available}`)
  }
  return kind === 'cron' ? (handler as (ctx: unknown) => unknown)(ctx) : (handler as Input)(input, ctx)
}

export function multiTriggerStep<const C extends TriggersConfig>(config: C): MultiTriggerStepBuilder<C> {
  if (typeof config !== 'object' || config === null) throw new TypeError('multiTriggerStep(config): the config must be an object')
  return new MultiTriggerStepBuilder(config)
}
