// Tabs; the chosen one is the caller's to keep.
import { Tabs } from 'radix-ui'
import type { ReactNode } from 'react'

type Tab = { id: string; label: ReactNode; content: ReactNode }

export function TabView({
  label,
  tabs,
  value,
  onChange,
}: {
  label: string
  tabs: Tab[]
  value: string
  onChange: (id: string) => void
}) {
  const chosen = tabs.some((each) => each.id === value) ? value : (tabs[0]?.id ?? '')
  return (
    <Tabs.Root className="tabs" value={chosen} onValueChange={onChange}>
      <Tabs.List className="tab-list" aria-label={label}>
        {tabs.map((each) => (
          <Tabs.Trigger key={each.id} value={each.id}>
            {each.label}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {tabs.map((each) => (
        <Tabs.Content key={each.id} value={each.id} className="tab-content">
          {each.content}
        </Tabs.Content>
      ))}
    </Tabs.Root>
  )
}
