/** Tells the triggers of triggers-form configs apart (TYP-12). */
import type { ApiTrigger, CronTrigger, QueueTrigger, StateTrigger, StreamTrigger, TriggerConfig } from './types/triggers.js'

const TYPES = {
  api: ['http', 'api'],
  queue: ['queue', 'event', 'durable:subscriber'],
  cron: ['cron'],
  state: ['state'],
  stream: ['stream'],
}

type WithTriggers = { config: { triggers?: readonly TriggerConfig[] } } | { triggers?: readonly TriggerConfig[] }

function guard<T extends TriggerConfig>(kind: keyof typeof TYPES) {
  return (trigger: TriggerConfig): trigger is T => TYPES[kind].includes(trigger?.type)
}

function getter<T extends TriggerConfig>(isKind: (trigger: TriggerConfig) => trigger is T) {
  return (step: WithTriggers): T[] =>
    [...(('config' in step ? step.config.triggers : (step as { triggers?: readonly TriggerConfig[] }).triggers) ?? [])].filter(
      isKind,
    )
}

export const isApiTrigger = guard<ApiTrigger>('api')
export const isQueueTrigger = guard<QueueTrigger>('queue')
export const isCronTrigger = guard<CronTrigger>('cron')
export const isStateTrigger = guard<StateTrigger>('state')
export const isStreamTrigger = guard<StreamTrigger>('stream')

export const getApiTriggers = getter(isApiTrigger)
export const getQueueTriggers = getter(isQueueTrigger)
export const getCronTriggers = getter(isCronTrigger)
export const getStateTriggers = getter(isStateTrigger)
export const getStreamTriggers = getter(isStreamTrigger)
