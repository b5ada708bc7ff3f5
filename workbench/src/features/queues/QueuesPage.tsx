import { useQuery } from '@tanstack/react-query'
import { AlertTriangle, CheckCircle2, Clock3, Inbox, Layers } from 'lucide-react'
import { Link } from 'wouter'
import { booksQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { count } from '../../model/format'
import type { Books } from '../../model/types'
import { Badge, Empty, Loaded, PageHeader } from '../../ui/basics'
import { DataTable, type Column } from '../../ui/DataTable'
import { navigate } from '../../ui/location'
import { DeadLetters } from './DeadLetters'
import { Waiting } from './Waiting'

export default function QueuesPage({ view, id }: { view?: string | undefined; id?: string | undefined }) {
  const books = useQuery(booksQuery)
  const dead = books.data?.ledger.reduce((sum, row) => sum + row.dead, 0) ?? 0
  const pending = books.data?.ledger.reduce((sum, row) => sum + row.pending + row.leased, 0) ?? 0
  const tabs: [to: string, id: string | undefined, label: string, number: number | null][] = [
    [addresses.queues(), undefined, 'Ledger', null],
    [addresses.waiting(), 'waiting', 'Waiting', pending],
    [addresses.scheduled(), 'scheduled', 'Scheduled', null],
    [addresses.deadLetters(), 'dead', 'Dead letters', dead],
  ]
  return (
    <div className="page">
      <PageHeader title="Queues" subtitle="Every delivery that was accepted, and where it is now">
        {books.data &&
          (books.data.balanced ? (
            <Badge tone="good">
              <CheckCircle2 size={13} aria-hidden /> Books balance
            </Badge>
          ) : (
            <Badge tone="bad">
              <AlertTriangle size={13} aria-hidden /> Books do not balance
            </Badge>
          ))}
        {books.data && books.data.quarantined > 0 && (
          <Badge tone="bad">{count(books.data.quarantined)} unreadable, set aside</Badge>
        )}
      </PageHeader>
      <nav className="tab-list" aria-label="Queue views">
        {tabs.map(([to, each, label, number]) => (
          <Link key={label} href={to} className="tab-link" aria-current={each === view ? 'page' : undefined}>
            {label}{' '}
            {number ? (
              <span className="tab-count" data-tone={each === 'dead' ? 'bad' : undefined}>
                {count(number)}
              </span>
            ) : null}
          </Link>
        ))}
      </nav>
      {view === undefined && <Loaded from={books}>{(data) => <Ledger rows={data.ledger} />}</Loaded>}
      {view === 'waiting' && <Waiting scheduled={false} />}
      {view === 'scheduled' && <Waiting scheduled />}
      {view === 'dead' && <DeadLetters id={id} />}
    </div>
  )
}

const number = (id: keyof Books, header: string, tone?: 'bad' | 'warn'): Column<Books> => ({
  id,
  header,
  accessorKey: id,
  meta: { width: '96px', align: 'right', hideOnPhone: !['pending', 'dead'].includes(id) },
  cell: ({ getValue }) => {
    const value = getValue<number>()
    return <span className={value === 0 ? 'muted' : tone}>{count(value)}</span>
  },
})

const COLUMNS: Column<Books>[] = [
  {
    id: 'topic',
    header: 'Topic',
    accessorKey: 'topic',
    meta: { width: 'minmax(130px, 1.5fr)' },
    cell: ({ row }) => <code className="clip">{row.original.topic || 'direct start'}</code>,
  },
  {
    id: 'step',
    header: 'Step',
    accessorKey: 'step',
    meta: { width: 'minmax(110px, 1.5fr)' },
    cell: ({ row }) => <Link href={addresses.runs({ step: row.original.step })}>{row.original.step}</Link>,
  },
  number('accepted', 'Accepted'),
  number('done', 'Done'),
  number('pending', 'Waiting', 'warn'),
  number('leased', 'Running'),
  {
    ...number('dead', 'Dead', 'bad'),
    cell: ({ row }) =>
      row.original.dead ? (
        <Link className="bad" href={addresses.deadLetters({ step: row.original.step })}>
          {count(row.original.dead)}
        </Link>
      ) : (
        <span className="muted">0</span>
      ),
  },
  number('discarded', 'Discarded'),
]

function Ledger({ rows }: { rows: Books[] }) {
  if (rows.length === 0)
    return (
      <Empty icon={Layers} title="Nothing was queued yet">
        Events, cron ticks and direct starts are counted here, per topic and Step.
      </Empty>
    )
  const total = (of: keyof Books) => rows.reduce((sum, row) => sum + Number(row[of]), 0)
  return (
    <>
      <div className="tiles">
        <Tile icon={Inbox} label="Waiting" value={total('pending')} to={addresses.waiting()} />
        <Tile icon={Clock3} label="Running" value={total('leased')} to={addresses.waiting()} />
        <Tile icon={CheckCircle2} label="Done" value={total('done')} to={addresses.runs()} />
        <Tile icon={AlertTriangle} label="Dead letters" value={total('dead')} to={addresses.deadLetters()} bad />
      </div>
      <DataTable
        label="Ledger"
        rows={rows}
        columns={COLUMNS}
        rowId={(each) => `${each.topic} ${each.step}`}
        onOpen={(each) => navigate(each.dead ? addresses.deadLetters({ step: each.step }) : addresses.runs({ step: each.step }))}
      />
    </>
  )
}

function Tile({
  icon: Icon,
  label,
  value,
  to,
  bad,
}: {
  icon: typeof Inbox
  label: string
  value: number
  to: string
  bad?: boolean
}) {
  return (
    <Link className="tile" href={to} data-tone={bad && value > 0 ? 'bad' : undefined}>
      <span className="tile-label">
        <Icon size={15} aria-hidden /> {label}
      </span>
      <strong>{count(value)}</strong>
    </Link>
  )
}
