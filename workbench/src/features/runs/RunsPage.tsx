import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { ListTree, Trash2 } from 'lucide-react'
import { useCallback, useMemo, useState } from 'react'
import { useClearTraces } from '../../api/actions'
import { stepsQuery, tracesQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { duration, moment, relative } from '../../model/format'
import type { TraceSummary } from '../../model/types'
import { Button, Choice, Empty, Loaded, PageHeader, Select, StatusBadge } from '../../ui/basics'
import { DataTable, type Column } from '../../ui/DataTable'
import { KindIcon, kindLabel } from '../../ui/kinds'
import { navigate, useQueryParams } from '../../ui/location'
import { Confirm, useSay, type Question } from '../../ui/overlays'
import { useNow } from '../../ui/time'

const WINDOWS: [string, string][] = [
  ['', 'Any time'],
  ['15', 'Last 15 min'],
  ['60', 'Last hour'],
  ['1440', 'Last day'],
]

export default function RunsPage() {
  const [query, setQuery] = useQueryParams()
  const steps = useQuery(stepsQuery)
  const status = query.status as 'running' | 'ok' | 'error' | undefined
  const minutes = query.within
  const since = useMemo(() => (minutes ? Date.now() - Number(minutes) * 60_000 : undefined), [minutes])
  const traces = useInfiniteQuery(
    tracesQuery({ ...(query.step ? { step: query.step } : {}), ...(status ? { status } : {}), ...(since ? { since } : {}) }),
  )
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = traces
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [fetchNextPage, hasNextPage, isFetchingNextPage])
  const filtered = Boolean(query.step ?? query.status ?? query.within ?? query.find)
  return (
    <div className="page">
      <PageHeader title="Runs" subtitle="Everything a request, event, tick or direct start caused, newest first">
        <Clear />
      </PageHeader>
      <div className="filters">
        <Choice
          label="Status"
          value={query.status ?? ''}
          onChange={(next) => setQuery({ status: next })}
          options={[
            ['', 'All'],
            ['error', 'Failed'],
            ['running', 'Running'],
            ['ok', 'Completed'],
          ]}
        />
        <Select
          label="Step"
          value={query.step ?? ''}
          onChange={(next) => setQuery({ step: next })}
          options={[['', 'Any Step'], ...(steps.data ?? []).map((each): [string, string] => [each.name, each.name])]}
        />
        <Select label="Time" value={query.within ?? ''} onChange={(next) => setQuery({ within: next })} options={WINDOWS} />
        <input
          className="input"
          type="search"
          data-search
          placeholder="Name or id"
          aria-label="Name or id"
          value={query.find ?? ''}
          onChange={(event) => setQuery({ find: event.target.value })}
        />
      </div>
      <Loaded from={traces} rows={10}>
        {({ pages }) => {
          const rows = matching(pages.flat(), query.find ?? '')
          if (rows.length === 0) {
            return filtered ? (
              <Empty icon={ListTree} title="No run matches">
                <Button onClick={() => setQuery({ status: undefined, step: undefined, within: undefined, find: undefined })}>
                  Clear filters
                </Button>
              </Empty>
            ) : (
              <Empty icon={ListTree} title="Nothing has run yet">
                Call an endpoint, or start a Step from its flow. It shows up here at once.
              </Empty>
            )
          }
          return <RunTable rows={rows} onEnd={more} />
        }}
      </Loaded>
    </div>
  )
}

/** One trace may be on two pages while the list grows. */
function matching(traces: TraceSummary[], text: string): TraceSummary[] {
  const wanted = text.toLowerCase()
  const seen = new Set<string>()
  return traces.filter((each) => {
    if (seen.has(each.id)) return false
    seen.add(each.id)
    return each.name.toLowerCase().includes(wanted) || each.id.startsWith(wanted)
  })
}

function Started({ start }: { start: number }) {
  const now = useNow()
  return <time title={moment(start / 1000)}>{relative(start / 1000, now)}</time>
}

const COLUMNS: Column<TraceSummary>[] = [
  {
    id: 'name',
    header: 'Run',
    accessorKey: 'name',
    meta: { width: 'minmax(180px, 2fr)' },
    cell: ({ row }) => (
      <span className="row">
        <KindIcon kind={row.original.kind} />
        <strong className="clip">{row.original.name}</strong>
      </span>
    ),
  },
  {
    id: 'status',
    header: 'Status',
    accessorKey: 'status',
    meta: { width: '130px' },
    cell: ({ row }) => <StatusBadge status={row.original.status} />,
  },
  {
    id: 'kind',
    header: 'Started by',
    accessorKey: 'kind',
    meta: { width: '110px', hideOnPhone: true },
    cell: ({ row }) => <span className="muted">{kindLabel(row.original.kind)}</span>,
  },
  { id: 'steps', header: 'Steps', accessorKey: 'steps', meta: { width: '80px', align: 'right', hideOnPhone: true } },
  {
    id: 'errors',
    header: 'Errors',
    accessorKey: 'errors',
    meta: { width: '80px', align: 'right', hideOnPhone: true },
    cell: ({ row }) =>
      row.original.errors ? <span className="bad">{row.original.errors}</span> : <span className="muted">0</span>,
  },
  {
    id: 'duration',
    header: 'Duration',
    accessorFn: (each) => (each.end ?? Infinity) - each.start,
    meta: { width: '100px', align: 'right', hideOnPhone: true },
    cell: ({ row }) =>
      row.original.end === null ? <span className="muted">…</span> : duration(row.original.end - row.original.start),
  },
  {
    id: 'start',
    header: 'Started',
    accessorKey: 'start',
    meta: { width: '110px', align: 'right' },
    cell: ({ row }) => <Started start={row.original.start} />,
  },
  {
    id: 'id',
    header: 'Trace',
    accessorKey: 'id',
    enableSorting: false,
    meta: { width: '100px', hideOnPhone: true },
    cell: ({ row }) => <code className="muted">{row.original.id.slice(0, 8)}</code>,
  },
]

function RunTable({ rows, onEnd }: { rows: TraceSummary[]; onEnd: () => void }) {
  return (
    <DataTable
      label="Runs"
      rows={rows}
      columns={COLUMNS}
      rowId={(each) => each.id}
      onOpen={(each) => navigate(addresses.run(each.id))}
      onEnd={onEnd}
    />
  )
}

function Clear() {
  const [question, setQuestion] = useState<Question | null>(null)
  const clear = useClearTraces()
  const say = useSay()
  const ask = () =>
    setQuestion({
      title: 'Forget all runs and logs?',
      text: 'All recorded traces and log records of this core are deleted. State, streams and queued deliveries stay as they are.',
      action: 'Forget all',
      danger: true,
      onConfirm: () =>
        clear.mutate(undefined, {
          onSuccess: () => say('All runs and logs are forgotten'),
          onError: (fault) => say(fault.message, 'bad'),
        }),
    })
  return (
    <>
      <Button icon={Trash2} onClick={ask}>
        Forget all
      </Button>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </>
  )
}
