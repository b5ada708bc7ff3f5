import { Save } from 'lucide-react'
import { useState } from 'react'
import { useSetStreamItem } from '../../api/actions'
import { addresses } from '../../model/addresses'
import { jsonProblem } from '../../model/httpRequest'
import { Button, Field } from '../../ui/basics'
import { JsonEditor } from '../../ui/JsonEditor'
import { navigate } from '../../ui/location'
import { Modal, useSay } from '../../ui/overlays'

export function NewStreamItem({ stream, group, onClose }: { stream: string; group: string; onClose: () => void }) {
  const [groupId, setGroup] = useState(group)
  const [itemId, setItem] = useState('')
  const [text, setText] = useState('{}')
  const save = useSetStreamItem()
  const say = useSay()
  const problem = /^\s*\{/.test(text) ? jsonProblem(text) : 'An item is a JSON object'
  return (
    <Modal
      open
      onClose={onClose}
      title={`New item in ${stream}`}
      description="It is stored and pushed to everybody who watches the group."
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate(
            { streamName: stream, groupId, itemId, data: JSON.parse(text) as Record<string, unknown> },
            {
              onSuccess: () => {
                say('Stored')
                onClose()
                navigate(addresses.streamItem(stream, groupId, itemId))
              },
              onError: (fault) => say(fault.message, 'bad'),
            },
          )
        }}
      >
        <Field label="Group">
          <input className="input" required value={groupId} onChange={(event) => setGroup(event.target.value)} />
        </Field>
        <Field label="Item id">
          <input className="input" required value={itemId} onChange={(event) => setItem(event.target.value)} />
        </Field>
        <JsonEditor label="Data" value={text} onChange={setText} problem={problem} rows={8} />
        <div className="dialog-actions">
          <Button type="submit" look="primary" icon={Save} disabled={problem !== null || save.isPending}>
            Store
          </Button>
        </div>
      </form>
    </Modal>
  )
}
