// Two panes with a bar between them that can be dragged; one below the other where the window is narrow.
import { useSyncExternalStore, type ReactNode } from 'react'
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels'

const NARROW = matchMedia('(max-width: 900px)')

function watch(listener: () => void): () => void {
  NARROW.addEventListener('change', listener)
  return () => NARROW.removeEventListener('change', listener)
}

export const useNarrow = () => useSyncExternalStore(watch, () => NARROW.matches)

/** `id` is what its sizes are remembered under. */
export function SplitView({
  id,
  first,
  second,
  share = 60,
}: {
  id: string
  first: ReactNode
  second: ReactNode
  share?: number
}) {
  const narrow = useNarrow()
  const { defaultLayout, onLayoutChanged } = useDefaultLayout({
    id: `motia-split-${id}${narrow ? '-narrow' : ''}`,
    storage: localStorage,
  })
  return (
    <Group
      className="split"
      key={String(narrow)}
      orientation={narrow ? 'vertical' : 'horizontal'}
      {...(defaultLayout ? { defaultLayout } : {})}
      onLayoutChanged={onLayoutChanged}
    >
      <Panel id="first" className="split-pane" defaultSize={`${share}%`} minSize="20%">
        {first}
      </Panel>
      <Separator className="split-bar" aria-label="Resize" />
      <Panel id="second" className="split-pane" defaultSize={`${100 - share}%`} minSize="20%">
        {second}
      </Panel>
    </Group>
  )
}
