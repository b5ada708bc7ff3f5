// What the core says, by name. The shapes are generated from its OpenAPI document.
import type { operations } from './admin'

type Answer<Name extends keyof operations> = operations[Name]['responses'] extends {
  200: { content: { 'application/json': infer Body } }
}
  ? Body
  : never

export type TraceSummary = Answer<'listTraces'>[number]
export type Trace = Answer<'showTrace'>
export type Span = Trace['spans'][number]
export type LogRecord = Answer<'listLogs'>[number]
export type LogLevel = LogRecord['level']
export type Step = Answer<'listSteps'>[number]
export type Trigger = Step['triggers'][number]
export type Flow = Answer<'listFlows'>[number]
export type FlowNode = Flow['steps'][number]
export type Books = Answer<'showQueue'>['ledger'][number]
export type Delivery = Answer<'listPending'>[number]
export type DeadLetter = Answer<'listDead'>[number]
export type Schedule = Answer<'listSchedules'>[number]
export type Tick = Answer<'listTicks'>[number]
export type Notice = Answer<'listNotices'>[number]
export type StateItem = Answer<'listState'>[number]
export type StreamEntry = Answer<'listStreams'>['streams'][number]
export type Worker = Answer<'listWorkers'>[number]
export type CoreInfo = Answer<'info'>

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }
export type JsonSchema = {
  type?: string | string[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  enum?: JsonValue[]
  const?: JsonValue
  default?: JsonValue
  examples?: JsonValue[]
  description?: string
  title?: string
  format?: string
  minimum?: number
  maximum?: number
  minItems?: number
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  $ref?: string
  $defs?: Record<string, JsonSchema>
  definitions?: Record<string, JsonSchema>
}
