import { useQuery } from '@tanstack/react-query'
import { Cpu } from 'lucide-react'
import { workersQuery } from '../../api/queries'
import { plural } from '../../model/format'
import type { Worker } from '../../model/types'
import { Badge, Empty, Loaded, PageHeader } from '../../ui/basics'
import { DataTable, type Column } from '../../ui/DataTable'
import { LanguageMark, languageName } from '../../ui/kinds'

const COLUMNS: Column<Worker>[] = [
  {
    id: 'language',
    header: 'Language',
    accessorKey: 'language',
    meta: { width: 'minmax(130px, 1fr)' },
    cell: ({ row }) => (
      <span className="row">
        <LanguageMark language={row.original.language} /> {languageName(row.original.language)}
      </span>
    ),
  },
  { id: 'runtime', header: 'Runtime', accessorKey: 'runtime', meta: { width: 'minmax(130px, 1fr)' } },
  {
    id: 'pid',
    header: 'Process',
    accessorKey: 'pid',
    meta: { width: '100px', align: 'right' },
    cell: ({ row }) => <code>{row.original.pid}</code>,
  },
  {
    id: 'inFlight',
    header: 'In flight',
    accessorKey: 'inFlight',
    meta: { width: '110px', align: 'right' },
    cell: ({ row }) => <Badge tone={row.original.inFlight ? 'info' : 'neutral'}>{row.original.inFlight}</Badge>,
  },
  {
    id: 'restarts',
    header: 'Restarts',
    accessorKey: 'restarts',
    meta: { width: '100px', align: 'right', hideOnPhone: true },
    cell: ({ row }) => <span className={row.original.restarts ? 'warn' : 'muted'}>{row.original.restarts}</span>,
  },
]

export default function WorkersPage() {
  const workers = useQuery(workersQuery)
  return (
    <div className="page">
      <PageHeader
        title="Workers"
        subtitle={workers.data ? `${plural(workers.data.length, 'process', 'processes')} running Steps` : ' '}
      />
      <Loaded from={workers}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty icon={Cpu} title="No workers">
              One is started per language as soon as there is a Step in it.
            </Empty>
          ) : (
            <DataTable label="Workers" rows={rows} columns={COLUMNS} rowId={(each) => String(each.pid)} />
          )
        }
      </Loaded>
    </div>
  )
}
