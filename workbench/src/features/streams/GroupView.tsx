import { Radio, Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { useDeleteStreamItem } from '../../api/actions'
import { useEventSource } from '../../api/live'
import { addresses } from '../../model/addresses'
import { clock, plural, preview } from '../../model/format'
import { heard, nothingWatched, type StreamItem, type StreamMessage } from '../../model/streamWatch'
import { Badge, Button, Empty, IconButton } from '../../ui/basics'
import { DataTable, type Column } from '../../ui/DataTable'
import { JsonView } from '../../ui/JsonView'
import { navigate } from '../../ui/location'
import { Confirm, useSay, type Question } from '../../ui/overlays'
import { TabView } from '../../ui/TabView'

const COLUMNS: Column<StreamItem>[] = [
  {
    id: 'id',
    header: 'Item',
    accessorKey: 'id',
    meta: { width: 'minmax(120px, 1fr)' },
    cell: ({ row }) => <code className="clip">{row.original.id}</code>,
  },
  {
    id: 'data',
    header: 'Data',
    enableSorting: false,
    meta: { width: 'minmax(160px, 3fr)' },
    cell: ({ row }) => <code className="clip muted">{preview(bare(row.original), 200)}</code>,
  },
]

/** The item without what the store adds to find it again. */
const bare = (item: StreamItem) => Object.fromEntries(Object.entries(item).filter(([name]) => name !== '__motia'))

export function GroupView({ stream, group, item }: { stream: string; group: string; item: string | undefined }) {
  const [watched, setWatched] = useState(nothingWatched)
  const [tab, setTab] = useState('items')
  const path = `__motia/streams/${encodeURIComponent(stream)}/${encodeURIComponent(group)}`
  const connection = useEventSource<StreamMessage>(path, (batch) => setWatched((known) => batch.reduce(heard, known)))
  const chosen = watched.items.find((each) => each.id === item)
  const tone = connection === 'live' ? 'good' : connection === 'lost' ? 'bad' : 'neutral'
  const words = { live: 'Live', lost: 'Not connected', connecting: 'Connecting' }
  return (
    <div className="with-side">
      <div className="stack grow fill">
        <div className="row toolbar">
          <Badge tone={tone}>{words[connection]}</Badge>{' '}
          <span className="muted">
            {plural(watched.items.length, 'item')}, {plural(watched.messages.length, 'message')} since opened
          </span>
        </div>
        <TabView
          label="Group"
          value={tab}
          onChange={setTab}
          tabs={[
            {
              id: 'items',
              label: `Items ${watched.items.length || ''}`,
              content:
                watched.items.length === 0 ? (
                  <Empty icon={Radio} title={connection === 'lost' ? 'This group cannot be watched' : 'No items yet'}>
                    {connection === 'lost'
                      ? 'Its own access rules may refuse, or the core is gone.'
                      : 'They appear as they are written.'}
                  </Empty>
                ) : (
                  <DataTable
                    label="Items"
                    rows={watched.items}
                    columns={COLUMNS}
                    rowId={(each) => each.id}
                    selected={item}
                    onOpen={(each) => navigate(addresses.streamItem(stream, group, each.id))}
                  />
                ),
            },
            {
              id: 'messages',
              label: `Messages ${watched.messages.length || ''}`,
              content: <Messages messages={watched.messages} />,
            },
          ]}
        />
      </div>
      {item !== undefined && <Item stream={stream} group={group} id={item} item={chosen} />}
    </div>
  )
}

function Messages({ messages }: { messages: StreamMessage[] }) {
  return (
    <ul className="plain-list padded scroll">
      {messages.map((each, index) => (
        <li key={`${each.timestamp}-${messages.length - index}`} className="row">
          <code className="muted">{clock(each.timestamp)}</code>
          <Badge tone={each.event.type === 'delete' ? 'bad' : each.event.type === 'create' ? 'good' : 'info'}>
            {each.event.type}
          </Badge>
          <code className="clip">{preview(each.event.data, 300)}</code>
        </li>
      ))}
    </ul>
  )
}

function Item({ stream, group, id, item }: { stream: string; group: string; id: string; item: StreamItem | undefined }) {
  const [question, setQuestion] = useState<Question | null>(null)
  const remove = useDeleteStreamItem()
  const say = useSay()
  const close = () => navigate(addresses.streamGroup(stream, group))
  const ask = () =>
    setQuestion({
      title: 'Delete this item?',
      text: (
        <>
          The item <code>{id}</code> is deleted from{' '}
          <code>
            {stream} / {group}
          </code>
          , and everybody who watches it is told.
        </>
      ),
      action: 'Delete item',
      danger: true,
      onConfirm: () =>
        remove.mutate(
          { streamName: stream, groupId: group, itemId: id },
          {
            onSuccess: () => {
              say('Deleted')
              close()
            },
            onError: (fault) => say(fault.message, 'bad'),
          },
        ),
    })
  return (
    <aside className="inspector" aria-label={`Item ${id}`}>
      <div className="inspector-head">
        <h2 className="clip">{id}</h2>
        <IconButton label="Close" icon={X} onClick={close} />
      </div>
      {item ? (
        <div className="stack padded">
          <JsonView value={bare(item)} open={4} label="Item" />
          <div>
            <Button look="danger" icon={Trash2} onClick={ask}>
              Delete
            </Button>
          </div>
        </div>
      ) : (
        <Empty icon={Radio} title="There is no such item">
          It appears here when it is written.
        </Empty>
      )}
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </aside>
  )
}
