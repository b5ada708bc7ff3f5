import { Save, SearchX, Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { useDeleteState, useSetState } from '../../api/actions'
import { addresses } from '../../model/addresses'
import { bytes } from '../../model/format'
import { jsonProblem } from '../../model/httpRequest'
import type { StateItem } from '../../model/types'
import { Badge, Button, Empty, Field, IconButton } from '../../ui/basics'
import { JsonEditor } from '../../ui/JsonEditor'
import { JsonView } from '../../ui/JsonView'
import { navigate } from '../../ui/location'
import { Confirm, Modal, useSay, type Question } from '../../ui/overlays'
import { TabView } from '../../ui/TabView'

type Props = { group: string; itemKey?: string; item?: StateItem | undefined; onClose: () => void }

export function ItemEditor({ group, itemKey, item, onClose }: Props) {
  if (itemKey === undefined) return <NewItem group={group} onClose={onClose} />
  return (
    <aside className="inspector" aria-label={`Value ${itemKey}`}>
      <div className="inspector-head">
        <h2 className="clip">{itemKey}</h2>
        <IconButton label="Close" icon={X} onClick={onClose} />
      </div>
      {item ? (
        <Value item={item} onClose={onClose} />
      ) : (
        <Empty icon={SearchX} title="There is no such value">
          It may have been deleted.
        </Empty>
      )}
    </aside>
  )
}

function Value({ item, onClose }: { item: StateItem; onClose: () => void }) {
  const [tab, setTab] = useState('value')
  const [question, setQuestion] = useState<Question | null>(null)
  const remove = useDeleteState()
  const say = useSay()
  const ask = () =>
    setQuestion({
      title: 'Delete this value?',
      text: (
        <>
          The value under <code>{item.key}</code> in the group <code>{item.groupId}</code> is deleted. Steps that listen to this
          change will run.
        </>
      ),
      action: 'Delete value',
      danger: true,
      onConfirm: () =>
        remove.mutate([{ groupId: item.groupId, key: item.key }], {
          onSuccess: () => {
            say('Deleted')
            onClose()
          },
          onError: (fault) => say(fault.message, 'bad'),
        }),
    })
  return (
    <>
      <TabView
        label="Value"
        value={tab}
        onChange={setTab}
        tabs={[
          {
            id: 'value',
            label: 'Value',
            content: (
              <div className="stack padded">
                <div className="row wrap">
                  <Badge>{item.type}</Badge>
                  <span className="muted">{bytes(new TextEncoder().encode(JSON.stringify(item.value)).length)}</span>
                  <span className="push">
                    <Button look="danger" icon={Trash2} onClick={ask}>
                      Delete
                    </Button>
                  </span>
                </div>
                <JsonView value={item.value} open={4} label="Value" />
              </div>
            ),
          },
          { id: 'edit', label: 'Edit', content: <Edit item={item} onSaved={() => setTab('value')} /> },
        ]}
      />
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </>
  )
}

function Edit({ item, onSaved }: { item: StateItem; onSaved: () => void }) {
  const stored = JSON.stringify(item.value, null, 2)
  const [start, setStart] = useState(stored)
  const [text, setText] = useState(stored)
  const save = useSetState()
  const say = useSay()
  const problem = text.trim() === '' ? 'A value is needed' : jsonProblem(text)
  return (
    <div className="stack padded">
      {stored !== start && (
        <div className="banner">
          It was changed meanwhile.{' '}
          <Button
            look="ghost"
            onClick={() => {
              setText(stored)
              setStart(stored)
            }}
          >
            Load the new value
          </Button>
        </div>
      )}
      <JsonEditor label="JSON" value={text} onChange={setText} problem={problem} rows={18} />
      <div className="row">
        <Button
          look="primary"
          icon={Save}
          disabled={problem !== null || text === start || save.isPending}
          onClick={() =>
            save.mutate(
              { groupId: item.groupId, key: item.key, value: JSON.parse(text) as unknown },
              {
                onSuccess: () => {
                  say('Saved')
                  onSaved()
                },
                onError: (fault) => say(fault.message, 'bad'),
              },
            )
          }
        >
          Save
        </Button>
        <Button disabled={text === start} onClick={() => setText(start)}>
          Reset
        </Button>
      </div>
    </div>
  )
}

function NewItem({ group, onClose }: { group: string; onClose: () => void }) {
  const [groupId, setGroup] = useState(group)
  const [key, setKey] = useState('')
  const [text, setText] = useState('{}')
  const save = useSetState()
  const say = useSay()
  const problem = jsonProblem(text)
  return (
    <Modal
      open
      onClose={onClose}
      title="New value"
      description="It is stored at once; Steps that listen to this change will run."
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate(
            { groupId, key, value: JSON.parse(text) as unknown },
            {
              onSuccess: () => {
                say('Stored')
                onClose()
                navigate(addresses.stateItem(groupId, key))
              },
              onError: (fault) => say(fault.message, 'bad'),
            },
          )
        }}
      >
        <Field label="Group">
          <input className="input" required value={groupId} onChange={(event) => setGroup(event.target.value)} />
        </Field>
        <Field label="Key">
          <input className="input" required value={key} onChange={(event) => setKey(event.target.value)} />
        </Field>
        <JsonEditor label="Value" value={text} onChange={setText} problem={problem} rows={8} />
        <div className="dialog-actions">
          <Button type="submit" look="primary" icon={Save} disabled={problem !== null || text.trim() === '' || save.isPending}>
            Store
          </Button>
        </div>
      </form>
    </Modal>
  )
}
