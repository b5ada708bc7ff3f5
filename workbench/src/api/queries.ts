// What pages ask the core for, by key. Keys begin with the subject, so that a change can refresh all that is about it.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { body, core } from './client'

export type TraceQuery = { step?: string; status?: 'running' | 'ok' | 'error'; since?: number }
export type LogQuery = {
  step?: string
  traceId?: string
  level?: 'debug' | 'info' | 'warn' | 'error'
  text?: string
  since?: number
}

const PAGE = 100
const LOGS = 1000

export const infoQuery = queryOptions({ queryKey: ['info'], queryFn: () => body(core.GET('/__motia')), staleTime: Infinity })
export const flowsQuery = queryOptions({ queryKey: ['code', 'flows'], queryFn: () => body(core.GET('/__motia/flows')) })
export const stepsQuery = queryOptions({ queryKey: ['code', 'steps'], queryFn: () => body(core.GET('/__motia/steps')) })
export const noticesQuery = queryOptions({ queryKey: ['code', 'notices'], queryFn: () => body(core.GET('/__motia/notices')) })
export const workersQuery = queryOptions({ queryKey: ['work', 'workers'], queryFn: () => body(core.GET('/__motia/workers')) })
export const booksQuery = queryOptions({ queryKey: ['work', 'books'], queryFn: () => body(core.GET('/__motia/queue')) })
export const schedulesQuery = queryOptions({ queryKey: ['work', 'schedules'], queryFn: () => body(core.GET('/__motia/cron')) })
export const stateGroupsQuery = queryOptions({
  queryKey: ['work', 'state'],
  queryFn: () => body(core.GET('/__motia/state/groups')),
})
export const streamsQuery = queryOptions({ queryKey: ['work', 'streams'], queryFn: () => body(core.GET('/__motia/streams')) })

export const sourceQuery = (stepId: string) =>
  queryOptions({
    queryKey: ['code', 'source', stepId],
    queryFn: () => body(core.GET('/__motia/step/{stepId}', { params: { path: { stepId } } })),
  })

export const tracesQuery = (where: TraceQuery) =>
  infiniteQueryOptions({
    queryKey: ['traces', where],
    queryFn: ({ pageParam }) =>
      body(core.GET('/__motia/traces', { params: { query: { ...where, before: pageParam, limit: PAGE } } })),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.start),
    placeholderData: keepPreviousData,
  })

export const recentTracesQuery = (limit: number, status?: 'error') =>
  queryOptions({
    queryKey: ['traces', 'recent', limit, status],
    queryFn: () => body(core.GET('/__motia/traces', { params: { query: { limit, ...(status ? { status } : {}) } } })),
  })

export const traceQuery = (traceId: string) =>
  queryOptions({
    queryKey: ['trace', traceId],
    queryFn: () => body(core.GET('/__motia/traces/{traceId}', { params: { path: { traceId } } })),
  })

export const logsQuery = (where: LogQuery) =>
  queryOptions({
    queryKey: ['logs', where],
    queryFn: () => body(core.GET('/__motia/logs', { params: { query: { ...where, limit: LOGS } } })),
    placeholderData: keepPreviousData,
  })

export const stateItemsQuery = (groupId: string) =>
  queryOptions({
    queryKey: ['work', 'state', groupId],
    queryFn: () => body(core.GET('/__motia/state', { params: { query: { groupId } } })),
  })

export const streamQuery = (name: string) =>
  queryOptions({
    queryKey: ['work', 'stream', name],
    queryFn: () => body(core.GET('/__motia/streams/details/{name}', { params: { path: { name } } })),
  })

export const streamGroupsQuery = (name: string) =>
  queryOptions({
    queryKey: ['work', 'streams', name],
    queryFn: () => body(core.GET('/__motia/streams/groups/{name}', { params: { path: { name } } })),
  })

export const pendingQuery = queryOptions({
  queryKey: ['work', 'pending'],
  queryFn: () => body(core.GET('/__motia/queue/pending', { params: { query: { limit: LOGS } } })),
})

export const scheduledQuery = queryOptions({
  queryKey: ['work', 'scheduled'],
  queryFn: () => body(core.GET('/__motia/queue/scheduled', { params: { query: { limit: LOGS } } })),
})

export const deadLettersQuery = (where: { step?: string; topic?: string } = {}) =>
  queryOptions({
    queryKey: ['work', 'dead', where],
    queryFn: () => body(core.GET('/__motia/queue/dead', { params: { query: { ...where, limit: LOGS } } })),
  })

export const deadLetterQuery = (id: string) =>
  queryOptions({
    queryKey: ['dead', id],
    queryFn: () => body(core.GET('/__motia/queue/dead/{id}', { params: { path: { id } } })),
  })

export const ticksQuery = (step?: string) =>
  queryOptions({
    queryKey: ['work', 'ticks', step],
    queryFn: () => body(core.GET('/__motia/cron/ticks', { params: { query: { ...(step ? { step } : {}), limit: 200 } } })),
  })
