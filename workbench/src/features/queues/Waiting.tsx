import { useQuery } from '@tanstack/react-query'
import { Ban, Clock3, Inbox } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { useCancel } from '../../api/actions'
import { pendingQuery, scheduledQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { moment, preview, relative } from '../../model/format'
import type { Delivery } from '../../model/types'
import { Button, Empty, Loaded } from '../../ui/basics'
import { DataTable, type Column } from '../../ui/DataTable'
import { Confirm, useSay, type Question } from '../../ui/overlays'
import { useNow } from '../../ui/time'

export function Waiting({ scheduled }: { scheduled: boolean }) {
  const found = useQuery(scheduled ? scheduledQuery : pendingQuery)
  const [question, setQuestion] = useState<Question | null>(null)
  const cancel = useCancel()
  const say = useSay()
  const ask = (each: Delivery) =>
    setQuestion({
      title: 'Cancel this delivery?',
      text: (
        <>
          The delivery of <code>{each.topic ?? each.kind}</code> to <code>{each.step}</code> is dropped before it runs. What
          already runs is passed over.
        </>
      ),
      action: 'Cancel delivery',
      danger: true,
      onConfirm: () =>
        cancel.mutate(
          { ids: [each.id] },
          {
            onSuccess: (number) =>
              say(number ? 'Cancelled' : 'It had begun already; nothing was cancelled', number ? 'good' : 'bad'),
            onError: (fault) => say(fault.message, 'bad'),
          },
        ),
    })
  const columns: Column<Delivery>[] = [
    {
      id: 'due',
      header: 'Due',
      accessorKey: 'dueAt',
      meta: { width: '120px' },
      cell: ({ row }) => <Due at={row.original.dueAt} />,
    },
    {
      id: 'step',
      header: 'Step',
      accessorKey: 'step',
      meta: { width: 'minmax(110px, 1fr)' },
      cell: ({ row }) => <Link href={addresses.runs({ step: row.original.step })}>{row.original.step}</Link>,
    },
    {
      id: 'topic',
      header: 'Topic',
      accessorKey: 'topic',
      meta: { width: 'minmax(110px, 1fr)', hideOnPhone: true },
      cell: ({ row }) => <code className="clip">{row.original.topic ?? row.original.kind}</code>,
    },
    {
      id: 'attempt',
      header: 'Attempt',
      accessorKey: 'attempt',
      meta: { width: '90px', align: 'right', hideOnPhone: true },
      cell: ({ row }) => `${row.original.attempt} / ${row.original.maxAttempts}`,
    },
    {
      id: 'payload',
      header: 'Payload',
      enableSorting: false,
      meta: { width: 'minmax(120px, 2fr)', hideOnPhone: true },
      cell: ({ row }) => <code className="clip muted">{preview(row.original.payload)}</code>,
    },
    {
      id: 'run',
      header: 'Run',
      enableSorting: false,
      meta: { width: '90px', hideOnPhone: true },
      cell: ({ row }) =>
        row.original.traceId && (
          <Link href={addresses.run(row.original.traceId)}>
            <code>{row.original.traceId.slice(0, 8)}</code>
          </Link>
        ),
    },
    {
      id: 'cancel',
      header: '',
      enableSorting: false,
      meta: { width: '96px' },
      cell: ({ row }) => (
        <Button look="ghost" icon={Ban} onClick={() => ask(row.original)}>
          Cancel
        </Button>
      ),
    },
  ]
  return (
    <>
      <Loaded from={found}>
        {(rows) =>
          rows.length === 0 ? (
            scheduled ? (
              <Empty icon={Clock3} title="Nothing is scheduled">
                Events with a delay, and retries that wait for their time, are listed here.
              </Empty>
            ) : (
              <Empty icon={Inbox} title="Nothing waits">
                All that was accepted has run.
              </Empty>
            )
          ) : (
            <DataTable
              label={scheduled ? 'Scheduled deliveries' : 'Waiting deliveries'}
              rows={rows}
              columns={columns}
              rowId={(each) => each.id}
            />
          )
        }
      </Loaded>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </>
  )
}

function Due({ at }: { at: number }) {
  const now = useNow()
  return <time title={moment(at)}>{at <= now ? 'now' : relative(at, now)}</time>
}
