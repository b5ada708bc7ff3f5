/** What a Step needs at each call, read from its config once. */
import type { Form, FoundStep, Handler } from './found.js'
import { liveSchema } from '../schema/live.js'
import { countParameters } from './parameters.js'
import { type ResponseSchemas, responseSchemas } from './response-checks.js'

export type Mode = 'enforce' | 'warn' | 'off'

/** What the core made of a found Step. */
export interface Binding {
  name: string
  flows: string[]
  maxAttempts: number
  emits: string[] | null
  validation?: Mode
  /** By trigger: the parts of a request that the core judges when the worker asks it to. */
  checks?: Record<string, RequestPart[]>
}

export type RequestPart = 'body' | 'query' | 'params' | 'headers'

/** The live schemas; undefined where there is none. */
export type HttpSchemas = Record<RequestPart, any>

/** One trigger of a Step. Steps in type and function form have one plan for whichever of their triggers fired. */
export interface TriggerPlan {
  path: string | undefined
  method: string | undefined
  expression: string | undefined
  condition: ((input: unknown, ctx: unknown) => unknown) | undefined
  middleware: Handler[]
  /** Undefined when no part has a live schema. */
  httpSchemas: HttpSchemas | undefined
  inputSchema: any
  /** Undefined when no response has a live schema. */
  responses: ResponseSchemas | undefined
  mode: Mode | undefined
}

export interface StepPlan {
  entry: string
  form: Form
  handler: Handler | null
  /** How many parameters the handler declares; two when that cannot be known. */
  parameters: number
  triggers: TriggerPlan[]
  binding: Binding
}

type Config = Record<string, any>

export function planStep(entry: string, step: FoundStep): StepPlan {
  const { config } = step
  const count = step.handler === null ? 0 : countParameters(step.handler)
  return {
    entry,
    form: step.form,
    handler: step.handler,
    parameters: count ?? 2,
    triggers:
      step.form === 'triggers'
        ? listOf(config.triggers).map((trigger) => planTrigger(trigger ?? {}, config))
        : [planTrigger(config, config)],
    binding: { name: text(config.name) ?? text(config.id) ?? step.name ?? entry, flows: [], maxAttempts: 1, emits: null },
  }
}

/** The plan of the trigger that fired; a manual start may name none. */
export function triggerPlan(step: StepPlan, index: number | undefined): TriggerPlan {
  const plan = step.form === 'triggers' ? step.triggers[index ?? 0] : step.triggers[0]
  return plan ?? NO_TRIGGER
}

export const NO_TRIGGER: TriggerPlan = {
  path: undefined,
  method: undefined,
  expression: undefined,
  condition: undefined,
  middleware: [],
  httpSchemas: undefined,
  inputSchema: undefined,
  responses: undefined,
  mode: undefined,
}

function planTrigger(trigger: Config, step: Config): TriggerPlan {
  const middleware = trigger.middleware ?? []
  return {
    path: text(trigger.path),
    method: text(trigger.method)?.toUpperCase(),
    expression: text([trigger.expression ?? trigger.cron ?? trigger.schedule].flat()[0]),
    condition: typeof trigger.condition === 'function' ? trigger.condition : undefined,
    middleware: (Array.isArray(middleware) ? middleware : [middleware]).filter((one) => typeof one === 'function'),
    httpSchemas: httpSchemas(trigger),
    inputSchema:
      liveSchema(trigger.input) ?? liveSchema(trigger.schema) ?? liveSchema(trigger.inputSchema ?? trigger.input_schema),
    responses: responseSchemas(trigger.responseSchema ?? trigger.response_schema ?? trigger.schema?.response),
    mode: mode(trigger.validation) ?? mode(step.validation),
  }
}

/** What is wrong with a config is the core's to say. */
function listOf(triggers: unknown): Config[] {
  return Array.isArray(triggers) ? triggers : []
}

function httpSchemas(config: Config): HttpSchemas | undefined {
  const parts = liveSchema(config.schema) === undefined ? (config.schema ?? {}) : { body: config.schema }
  const schemas: HttpSchemas = {
    body: liveSchema(config.bodySchema ?? config.body_schema ?? parts.body),
    query: liveSchema(parts.query),
    params: liveSchema(parts.params),
    headers: liveSchema(parts.headers),
  }
  return Object.values(schemas).some((schema) => schema !== undefined) ? schemas : undefined
}

function mode(value: unknown): Mode | undefined {
  return value === 'enforce' || value === 'warn' || value === 'off' ? value : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
