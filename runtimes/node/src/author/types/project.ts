import type { StepConfig } from './config.js'

/** The project's settings: `motia.config.ts`. */
export interface MotiaConfig {
  port?: number | string
  host?: string
  middleware?: { pre?: unknown[] }
  streamAuth?: unknown
  plugins?: unknown[]
  adapters?: unknown
  [key: string]: any
}
export const MotiaConfig = undefined
export type Config = MotiaConfig
export const Config = undefined

export interface AdapterConfig {
  [adapter: string]: any
}
export const AdapterConfig = undefined

export interface Step<C extends StepConfig = StepConfig> {
  filePath: string
  version?: string
  config: C
}
export const Step = undefined

export interface Flow {
  name: string
  description?: string
  steps: Step[]
}
export const Flow = undefined

export type MotiaPlugin = Record<string, any>
export const MotiaPlugin = undefined
export type MotiaPluginContext = Record<string, any>
export const MotiaPluginContext = undefined
export type WorkbenchPlugin = Record<string, any>
export const WorkbenchPlugin = undefined
