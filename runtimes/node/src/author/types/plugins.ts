import type { ApiRequest, ApiResponse, ApiRouteMethod } from './http.js'
import type { FlowContext } from './context.js'
import type { InternalStateManager } from './state.js'

/** A panel that a plug-in of 0.17 added to the Workbench. */
export interface WorkbenchPlugin {
  packageName: string
  componentName?: string
  label?: string
  labelIcon?: string
  position?: 'bottom' | 'top'
  cssImports?: string[]
  props?: Record<string, any>
}
export const WorkbenchPlugin = undefined

export interface MotiaPlugin {
  workbench?: WorkbenchPlugin[]
  dirname?: string
  /** Patterns of Step files, relative to `dirname`. */
  steps?: string[]
  onShutdown?: () => unknown
}
export const MotiaPlugin = undefined

/** What a plug-in function gets. */
export interface MotiaPluginContext {
  printer: any
  state: InternalStateManager
  lockedData: any
  tracerFactory: any
  eventAdapter: any
  registerApi(
    config: { method: ApiRouteMethod; path: string },
    handler: (req: ApiRequest, ctx: FlowContext<any, any>) => ApiResponse | Promise<ApiResponse>,
  ): () => void
}
export const MotiaPluginContext = undefined

export type MotiaPluginBuilder = (motia: MotiaPluginContext) => MotiaPlugin | Promise<MotiaPlugin>
export const MotiaPluginBuilder = undefined
