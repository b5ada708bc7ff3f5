import { useQuery } from '@tanstack/react-query'
import { CalendarClock, Play } from 'lucide-react'
import { Link } from 'wouter'
import { useStartStep } from '../../api/actions'
import { schedulesQuery, stepsQuery, ticksQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { moment, relative } from '../../model/format'
import { inWords } from '../../model/schedule'
import type { Schedule, Tick } from '../../model/types'
import { Badge, Button, Empty, Loaded, PageHeader, type Tone } from '../../ui/basics'
import { DataTable, type Column } from '../../ui/DataTable'
import { KindIcon } from '../../ui/kinds'
import { navigate, useQueryParams } from '../../ui/location'
import { useSay } from '../../ui/overlays'
import { useNow } from '../../ui/time'

export default function CronPage() {
  const schedules = useQuery(schedulesQuery)
  const [query, setQuery] = useQueryParams()
  const ticks = useQuery(ticksQuery(query.step))
  return (
    <div className="page">
      <PageHeader title="Cron" subtitle="When Steps come due, and what came of each tick" />
      <Loaded from={schedules}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon={CalendarClock} title="No schedules">
              A Step with a cron trigger appears here, with its next ticks.
            </Empty>
          ) : (
            <>
              <ul className="cards padded">
                {all.map((each, index) => (
                  <ScheduleCard
                    key={`${each.step} ${index}`}
                    schedule={each}
                    chosen={query.step === each.step}
                    onChoose={() => setQuery({ step: query.step === each.step ? undefined : each.step })}
                  />
                ))}
              </ul>
              <div className="row toolbar">
                <h2>Ledger</h2>
                <span className="muted">{query.step ? `of ${query.step}` : 'of all schedules'}</span>
              </div>
              <Loaded from={ticks}>
                {(rows) =>
                  rows.length === 0 ? (
                    <Empty icon={CalendarClock} title="No tick yet" />
                  ) : (
                    <DataTable
                      label="Ticks"
                      rows={rows}
                      columns={COLUMNS}
                      rowId={(each) => `${each.step} ${each.trigger} ${each.scheduled_for}`}
                    />
                  )
                }
              </Loaded>
            </>
          )
        }
      </Loaded>
    </div>
  )
}

function ScheduleCard({ schedule, chosen, onChoose }: { schedule: Schedule; chosen: boolean; onChoose: () => void }) {
  const start = useStartStep()
  const say = useSay()
  const now = useNow()
  const steps = useQuery(stepsQuery)
  const flow = steps.data?.find((each) => each.name === schedule.step)?.flows[0]
  const next = schedule.upcoming.find((each) => each > now)
  const run = () =>
    start.mutate(
      { step: schedule.step, data: null },
      {
        onSuccess: (answer) => {
          say(`${schedule.step} was started`)
          navigate(addresses.run(answer.traceId))
        },
        onError: (fault) => say(fault.message, 'bad'),
      },
    )
  return (
    <li className="card">
      <div className="row">
        <KindIcon kind="cron" />
        <Link className="clip" href={addresses.step(flow, schedule.step)}>
          <strong>{schedule.step}</strong>
        </Link>
        <span className="push">
          <Button icon={Play} onClick={run} disabled={start.isPending}>
            Run now
          </Button>
        </span>
      </div>
      <p>{inWords(schedule.expression) ?? 'By its expression'}</p>
      <div className="row wrap">
        <code>{schedule.expression}</code> <span className="muted">{schedule.timezone ?? 'server time'}</span>
      </div>
      <div className="next-fire">
        {next ? (
          <>
            Next <strong>{relative(next, now)}</strong>
          </>
        ) : (
          'No tick to come'
        )}
      </div>
      <ol className="fires" aria-label="Next ticks">
        {schedule.upcoming.map((each) => (
          <li key={each}>{moment(each)}</li>
        ))}
      </ol>
      <div className="row">
        <Button look="ghost" aria-pressed={chosen} onClick={onChoose}>
          {chosen ? 'Show all ticks' : 'Only its ticks'}
        </Button>
        <Link href={addresses.runs({ step: schedule.step })}>Runs</Link>
      </div>
    </li>
  )
}

const TONES: Record<string, Tone> = { fired: 'good', 'caught up': 'info', skipped: 'warn', coalesced: 'neutral' }

const COLUMNS: Column<Tick>[] = [
  {
    id: 'at',
    header: 'Nominal time',
    accessorKey: 'scheduled_for',
    meta: { width: 'minmax(160px, 1fr)' },
    cell: ({ row }) => moment(row.original.scheduled_for),
  },
  {
    id: 'step',
    header: 'Step',
    accessorKey: 'step',
    meta: { width: 'minmax(110px, 1fr)' },
    cell: ({ row }) => <Link href={addresses.runs({ step: row.original.step })}>{row.original.step}</Link>,
  },
  {
    id: 'outcome',
    header: 'Outcome',
    accessorKey: 'outcome',
    meta: { width: '130px' },
    cell: ({ row }) => <Badge tone={TONES[row.original.outcome] ?? 'neutral'}>{row.original.outcome}</Badge>,
  },
  {
    id: 'late',
    header: 'Late',
    accessorFn: (each) => each.recorded_at - each.scheduled_for,
    meta: { width: '90px', align: 'right', hideOnPhone: true },
    cell: ({ getValue }) => <span className="muted">{getValue<number>()} ms</span>,
  },
  {
    id: 'delivery',
    header: 'Delivery',
    enableSorting: false,
    accessorKey: 'delivery',
    meta: { width: 'minmax(100px, 1fr)', hideOnPhone: true },
    cell: ({ row }) => <code className="muted clip">{row.original.delivery ?? '—'}</code>,
  },
]
