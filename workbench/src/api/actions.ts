// What pages do to the core. Each refreshes what it changed.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { body, core } from './client'

export type Choice = { ids?: string[]; step?: string; topic?: string; dryRun?: boolean }

function useAction<Input, Output>(work: (input: Input) => Promise<Output>) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: work,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['work'] })
      await queries.invalidateQueries({ queryKey: ['dead'] })
      await queries.invalidateQueries({ queryKey: ['traces'] })
    },
  })
}

export const useStartStep = () =>
  useAction(({ step, data }: { step: string; data: unknown }) =>
    body(core.POST('/__motia/steps/{idOrName}/start', { params: { path: { idOrName: step } }, body: { data } })),
  )

export const useEmit = () =>
  useAction(({ topic, data }: { topic: string; data: unknown }) => body(core.POST('/__motia/emit', { body: { topic, data } })))

export const useSetState = () =>
  useAction((item: { groupId: string; key: string; value: unknown }) => body(core.POST('/__motia/state', { body: item })))

export const useDeleteState = () =>
  useAction((items: { groupId: string; key: string }[]) => body(core.POST('/__motia/state/delete', { body: { items } })))

export const useSetStreamItem = () =>
  useAction((item: { streamName: string; groupId: string; itemId: string; data: Record<string, unknown> }) =>
    body(core.POST('/__motia/streams/set', { body: item })),
  )

export const useDeleteStreamItem = () =>
  useAction((item: { streamName: string; groupId: string; itemId: string }) =>
    body(core.POST('/__motia/streams/delete', { body: item })),
  )

export const useClearTraces = () => useAction(() => body(core.POST('/__motia/trace/clear', { body: {} })))

export const redrive = async (choice: Choice) => (await body(core.POST('/__motia/queue/redrive', { body: choice }))).redriven
export const discard = async (choice: Choice) => (await body(core.POST('/__motia/queue/discard', { body: choice }))).discarded
export const cancel = async (choice: Choice) => (await body(core.POST('/__motia/queue/cancel', { body: choice }))).cancelled

export const useRedrive = () => useAction(redrive)
export const useDiscard = () => useAction(discard)
export const useCancel = () => useAction(cancel)

export const openSession = (token: string) => body(core.POST('/__motia/session', { body: { token } }))
export const closeSession = () => body(core.POST('/__motia/session/close', { body: {} }))
