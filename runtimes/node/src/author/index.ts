/**
 * What a Step file imports from `motia` (also as `@motia/core`).
 *
 * - Steps: `api event cron noop http queue` · `step multiTriggerStep` · triggers `http queue cron state stream`
 * - Inside handlers, without the context: `logger emit enqueue cancelEmit stateManager trigger Stream getContext`
 * - `HttpError`, `NonRetryable`, `jsonSchema`, `defineConfig`, the built-in adapter classes of 0.17, and every type name of the author's reference
 */
import { cancelEmit, emit } from './emit.js'
import { logger } from './logger.js'
import { currentAttempt } from './runtime.js'
import { stateManager } from './state.js'
import { Stream } from './streams.js'
import { trigger } from './trigger-step.js'
import type { FlowContext } from './types/context.js'
import type { MotiaConfig } from './types/project.js'

export * from './types/index.js'
export {
  DefaultCronAdapter,
  DefaultQueueEventAdapter,
  FileStateAdapter,
  FileStreamAdapter,
  FileStreamAdapterManager,
  InMemoryCronAdapter,
  InMemoryQueueEventAdapter,
  MemoryStateAdapter,
  MemoryStreamAdapter,
  MemoryStreamAdapterManager,
  StateAdapter,
  StreamAdapter,
  StreamAdapterManager,
} from './adapters.js'
export type { DefinedStep, StepDefinition } from './definition.js'
export { getApiTriggers, getCronTriggers, getQueueTriggers, getStateTriggers, getStreamTriggers } from './guards.js'
export { isApiTrigger, isCronTrigger, isQueueTrigger, isStateTrigger, isStreamTrigger } from './guards.js'
export { HttpError } from './http-error.js'
export { jsonSchema } from './json-schema.js'
export { api, cron, event, http, noop, queue, state, stream } from './kinds.js'
export { NonRetryable } from './non-retryable.js'
export { getInstance, initIII, Motia, setupStepEndpoint } from './replaced.js'
export { MultiTriggerStepBuilder, multiTriggerStep, step, StepBuilder } from './step.js'
export { generateStepId } from './step-id.js'
export { cancelEmit, emit, emit as enqueue, logger, stateManager, Stream, trigger }

/** The context of the running attempt, wherever the calling code is. */
export function getContext(): FlowContext<any, any> {
  const attempt = currentAttempt()
  if (attempt === undefined) throw new Error('getContext() works only while a handler runs')
  return attempt.context
}

/** Gives `motia.config.ts` its types; returns the config unchanged. */
export function defineConfig<C extends MotiaConfig | ((...args: any[]) => MotiaConfig | Promise<MotiaConfig>)>(config: C): C {
  return config
}
export { defineConfig as config }

/** Also the global `motia`, so that `motia.trigger(id, data)` needs no import (CTX-18). */
export const motia = { trigger, emit, enqueue: emit, cancelEmit, logger, stateManager, Stream, getContext }
export default motia
