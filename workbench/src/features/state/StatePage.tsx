import { useQuery } from '@tanstack/react-query'
import { Database, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { useDeleteState } from '../../api/actions'
import { stateGroupsQuery, stateItemsQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { plural, preview } from '../../model/format'
import type { StateItem } from '../../model/types'
import { Badge, Button, Empty, Loaded, PageHeader } from '../../ui/basics'
import { DataTable, type Column } from '../../ui/DataTable'
import { navigate, useQueryParams } from '../../ui/location'
import { Confirm, useSay, type Question } from '../../ui/overlays'
import { ItemEditor } from './ItemEditor'

type Props = { group?: string | undefined; itemKey?: string | undefined }

export default function StatePage({ group, itemKey }: Props) {
  const groups = useQuery(stateGroupsQuery)
  const [query, setQuery] = useQueryParams()
  const [creating, setCreating] = useState(false)
  const wanted = (query.find ?? '').toLowerCase()
  return (
    <div className="page">
      <PageHeader title="State" subtitle={groups.data ? plural(groups.data.length, 'group') : ' '}>
        <input
          className="input"
          type="search"
          data-search
          placeholder={group ? 'Find a key or value' : 'Find a group'}
          aria-label="Find"
          value={query.find ?? ''}
          onChange={(event) => setQuery({ find: event.target.value })}
        />
        <Button look="primary" icon={Plus} onClick={() => setCreating(true)}>
          New value
        </Button>
      </PageHeader>
      <Loaded from={groups}>
        {(names) =>
          names.length === 0 && !creating && !group ? (
            <Empty icon={Database} title="No state yet">
              What Steps store with <code>state.set</code> appears here as they do.
            </Empty>
          ) : (
            <div className="columns" data-chosen={group !== undefined || undefined}>
              <nav className="side-list" aria-label="Groups">
                {names
                  .filter((each) => group !== undefined || each.toLowerCase().includes(wanted))
                  .map((each) => (
                    <Link
                      key={each}
                      className="side-item"
                      href={addresses.stateGroup(each)}
                      aria-current={each === group ? 'page' : undefined}
                    >
                      <Database size={15} aria-hidden /> <span className="clip">{each}</span>
                    </Link>
                  ))}
              </nav>
              {group ? (
                <Items key={group} group={group} itemKey={itemKey} find={wanted} />
              ) : (
                <Empty icon={Database} title="Choose a group" />
              )}
            </div>
          )
        }
      </Loaded>
      {creating && <ItemEditor group={group ?? ''} onClose={() => setCreating(false)} />}
    </div>
  )
}

const COLUMNS: Column<StateItem>[] = [
  {
    id: 'key',
    header: 'Key',
    accessorKey: 'key',
    meta: { width: 'minmax(140px, 1fr)' },
    cell: ({ row }) => <code className="clip">{row.original.key}</code>,
  },
  {
    id: 'type',
    header: 'Type',
    accessorKey: 'type',
    meta: { width: '90px', hideOnPhone: true },
    cell: ({ row }) => <Badge>{row.original.type}</Badge>,
  },
  {
    id: 'value',
    header: 'Value',
    enableSorting: false,
    meta: { width: 'minmax(160px, 2fr)' },
    cell: ({ row }) => <code className="clip muted">{preview(row.original.value)}</code>,
  },
]

function Items({ group, itemKey, find }: { group: string; itemKey: string | undefined; find: string }) {
  const items = useQuery(stateItemsQuery(group))
  const [question, setQuestion] = useState<Question | null>(null)
  const remove = useDeleteState()
  const say = useSay()
  const empty = (all: StateItem[]) =>
    setQuestion({
      title: `Delete the group ${group}?`,
      text: `All ${plural(all.length, 'value')} in it are deleted. Steps that listen to these changes will run.`,
      action: `Delete ${plural(all.length, 'value')}`,
      danger: true,
      onConfirm: () =>
        remove.mutate(
          all.map(({ groupId, key }) => ({ groupId, key })),
          {
            onSuccess: () => {
              say('The group is empty')
              navigate(addresses.state())
            },
            onError: (fault) => say(fault.message, 'bad'),
          },
        ),
    })
  return (
    <Loaded from={items}>
      {(all) => {
        const shown = all.filter(
          (each) => each.key.toLowerCase().includes(find) || preview(each.value, 2000).toLowerCase().includes(find),
        )
        const chosen = all.find((each) => each.key === itemKey)
        return (
          <div className="with-side grow">
            <div className="stack grow fill">
              <div className="row toolbar">
                <h2>{group}</h2>
                <span className="muted">{plural(all.length, 'value')}</span>
                <span className="push">
                  <Button icon={Trash2} disabled={all.length === 0} onClick={() => empty(all)}>
                    Delete group
                  </Button>
                </span>
              </div>
              {shown.length === 0 ? (
                <Empty icon={Database} title={all.length ? 'Nothing matches' : 'This group is empty'} />
              ) : (
                <DataTable
                  label={`State ${group}`}
                  rows={shown}
                  columns={COLUMNS}
                  rowId={(each) => each.key}
                  selected={itemKey}
                  onOpen={(each) => navigate(addresses.stateItem(group, each.key))}
                />
              )}
            </div>
            {itemKey !== undefined && (
              <ItemEditor
                key={itemKey}
                group={group}
                itemKey={itemKey}
                item={chosen}
                onClose={() => navigate(addresses.stateGroup(group))}
              />
            )}
            <Confirm question={question} onClose={() => setQuestion(null)} />
          </div>
        )
      }}
    </Loaded>
  )
}
