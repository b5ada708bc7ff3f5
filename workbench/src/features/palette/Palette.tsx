import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { CornerDownLeft, Search } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { flowsQuery, recentTracesQuery, stateGroupsQuery, stepsQuery, streamsQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { relative } from '../../model/format'
import { KindIcon, MethodBadge } from '../../ui/kinds'
import { navigate } from '../../ui/location'
import { chooseTheme } from '../../ui/theme'

export type Place = { label: string; to: string; icon: ReactNode; keys?: string }
type Props = { open: boolean; onOpenChange: (open: boolean) => void; places: Place[] }

const TRACE = /^[0-9a-f]{32}$/

/** All words must be in it; what begins with the first comes first. */
function matches(value: string, search: string): number {
  const inside = value.toLowerCase()
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (!words.every((each) => inside.includes(each))) return 0
  return words.length > 0 && inside.split(' ').some((each) => each.startsWith(words.at(-1) ?? '')) ? 1 : 0.5
}

export default function Palette({ open, onOpenChange, places }: Props) {
  const [text, setText] = useState('')
  const go = (to: string) => {
    onOpenChange(false)
    setText('')
    navigate(to)
  }
  return (
    <Command.Dialog
      open={open}
      onOpenChange={onOpenChange}
      label="Go anywhere"
      filter={matches}
      overlayClassName="overlay"
      contentClassName="palette"
      loop
    >
      <div className="palette-input">
        <Search size={16} aria-hidden />
        <Command.Input value={text} onValueChange={setText} placeholder="Go to a page, Step, endpoint, run id, state group…" />
      </div>
      <Command.List>
        <Command.Empty>Nothing by that name.</Command.Empty>
        {TRACE.test(text.trim()) && (
          <Item value={text} onSelect={() => go(addresses.run(text.trim()))}>
            <KindIcon kind="http" /> Open run {text.trim()}
          </Item>
        )}
        <Command.Group heading="Pages">
          {places.map((each) => (
            <Item key={each.to} value={`page ${each.label}`} onSelect={() => go(each.to)}>
              {each.icon} {each.label} {each.keys && <kbd className="push">{each.keys}</kbd>}
            </Item>
          ))}
        </Command.Group>
        {open && <Found go={go} />}
        <Command.Group heading="Appearance">
          {(['light', 'dark', 'system'] as const).map((each) => (
            <Item
              key={each}
              value={`theme ${each}`}
              onSelect={() => {
                chooseTheme(each)
                onOpenChange(false)
              }}
            >
              Use the {each} theme
            </Item>
          ))}
        </Command.Group>
      </Command.List>
      <div className="palette-foot">
        <CornerDownLeft size={13} aria-hidden /> to open, Esc to close
      </div>
    </Command.Dialog>
  )
}

function Item({ value, onSelect, children }: { value: string; onSelect: () => void; children: ReactNode }) {
  return (
    <Command.Item value={value} onSelect={onSelect}>
      {children}
    </Command.Item>
  )
}

/** What the project has, by name. */
function Found({ go }: { go: (to: string) => void }) {
  const steps = useQuery(stepsQuery)
  const flows = useQuery(flowsQuery)
  const traces = useQuery(recentTracesQuery(20))
  const groups = useQuery(stateGroupsQuery)
  const streams = useQuery(streamsQuery)
  const endpoints = steps.data?.flatMap((step) => step.triggers.filter((each) => each.type === 'http')) ?? []
  return (
    <>
      <Command.Group heading="Steps">
        {steps.data?.map((each) => (
          <Item
            key={each.id}
            value={`step ${each.name} ${each.file}`}
            onSelect={() => go(addresses.step(each.flows[0], each.name))}
          >
            <KindIcon kind={each.type} /> {each.name} <span className="muted push clip">{each.file}</span>
          </Item>
        ))}
      </Command.Group>
      <Command.Group heading="Endpoints">
        {endpoints.map((each) => (
          <Item
            key={`${each.method ?? ''} ${each.path ?? ''}`}
            value={`endpoint ${each.method ?? ''} ${each.path ?? ''}`}
            onSelect={() => go(addresses.endpoint(each.method ?? '', each.path ?? ''))}
          >
            <MethodBadge method={each.method ?? ''} /> {each.path}
          </Item>
        ))}
      </Command.Group>
      <Command.Group heading="Flows">
        {flows.data?.map((each) => (
          <Item key={each.id} value={`flow ${each.name}`} onSelect={() => go(addresses.flow(each.name))}>
            {each.name}
          </Item>
        ))}
      </Command.Group>
      <Command.Group heading="State and streams">
        {groups.data?.slice(0, 100).map((each) => (
          <Item key={each} value={`state ${each}`} onSelect={() => go(addresses.stateGroup(each))}>
            <KindIcon kind="state" /> {each}
          </Item>
        ))}
        {streams.data?.streams.map((each) => (
          <Item key={each.name} value={`stream ${each.name}`} onSelect={() => go(addresses.stream(each.name))}>
            <KindIcon kind="stream" /> {each.name}
          </Item>
        ))}
      </Command.Group>
      <Command.Group heading="Latest runs">
        {traces.data?.map((each) => (
          <Item key={each.id} value={`run ${each.name} ${each.id}`} onSelect={() => go(addresses.run(each.id))}>
            <KindIcon kind={each.kind} /> {each.name}{' '}
            <span className="muted push">
              {each.id.slice(0, 8)} · {relative(each.start / 1000, Date.now())}
            </span>
          </Item>
        ))}
      </Command.Group>
    </>
  )
}
