import { useQuery } from '@tanstack/react-query'
import {
  AlertTriangle,
  ArrowRight,
  CalendarClock,
  CheckCircle2,
  Cpu,
  Inbox,
  ListTree,
  Workflow,
  type LucideIcon,
} from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import {
  booksQuery,
  flowsQuery,
  infoQuery,
  noticesQuery,
  recentTracesQuery,
  schedulesQuery,
  workersQuery,
} from '../../api/queries'
import { addresses } from '../../model/addresses'
import { count, duration, plural, relative, span } from '../../model/format'
import type { TraceSummary } from '../../model/types'
import { Loaded, PageHeader, StatusBadge } from '../../ui/basics'
import { KindIcon } from '../../ui/kinds'
import { useNow } from '../../ui/time'

const LOOKED_AT = 100

export default function OverviewPage() {
  const info = useQuery(infoQuery)
  const now = useNow()
  return (
    <div className="page scroll">
      <PageHeader
        title={info.data?.project ?? 'Overview'}
        subtitle={
          info.data
            ? `Motia ${info.data.version} · ${info.data.isDev ? 'development' : 'production'} · up ${span(now - info.data.startedAt)}`
            : ' '
        }
      />
      <Notices />
      <Figures />
      <div className="panels">
        <Panel title="Latest runs" to={addresses.runs()}>
          <Recent />
        </Panel>
        <Panel title="Latest failures" to={addresses.runs({ status: 'error' })}>
          <Recent failed />
        </Panel>
        <Panel title="Flows" to={addresses.flows()}>
          <Flows />
        </Panel>
      </div>
    </div>
  )
}

function Notices() {
  const notices = useQuery(noticesQuery)
  const errors = notices.data?.filter((each) => each.level === 'error') ?? []
  const rest = notices.data?.filter((each) => each.level !== 'error') ?? []
  if (errors.length + rest.length === 0) return null
  return (
    <section className="notices" aria-label="What is wrong in the project">
      {[...errors, ...rest].slice(0, 8).map((each, index) => (
        <div key={index} className="notice" data-level={each.level}>
          <AlertTriangle size={16} aria-hidden />
          <div>
            <p>{each.message}</p>
            {each.file && (
              <code>
                {each.file}
                {each.line ? `:${each.line}` : ''}
              </code>
            )}
          </div>
        </div>
      ))}
    </section>
  )
}

function Figures() {
  const recent = useQuery(recentTracesQuery(LOOKED_AT))
  const books = useQuery(booksQuery)
  const workers = useQuery(workersQuery)
  const schedules = useQuery(schedulesQuery)
  const now = useNow()
  const failed = recent.data?.filter((each) => each.status === 'error').length
  const sum = (of: 'pending' | 'dead') => books.data?.ledger.reduce((total, row) => total + row[of], 0)
  const next = schedules.data?.flatMap((each) => each.upcoming.filter((at) => at > now)).sort((a, b) => a - b)[0]
  const dead = sum('dead')
  return (
    <div className="tiles">
      <Figure
        icon={ListTree}
        label={`Failed of the last ${recent.data?.length ?? LOOKED_AT} runs`}
        value={failed === undefined ? '–' : count(failed)}
        to={addresses.runs({ status: 'error' })}
        tone={failed ? 'bad' : undefined}
      />
      <Figure icon={Inbox} label="Waiting deliveries" value={count(sum('pending') ?? 0)} to={addresses.waiting()} />
      <Figure
        icon={AlertTriangle}
        label="Dead letters"
        value={count(dead ?? 0)}
        to={addresses.deadLetters()}
        tone={dead ? 'bad' : undefined}
      />
      <Figure
        icon={CalendarClock}
        label="Next tick"
        value={next ? relative(next, now).replace('just now', 'now') : '–'}
        to={addresses.cron()}
      />
      <Figure icon={Cpu} label="Workers" value={count(workers.data?.length ?? 0)} to={addresses.workers()} />
    </div>
  )
}

function Figure({
  icon: Icon,
  label,
  value,
  to,
  tone,
}: {
  icon: LucideIcon
  label: string
  value: string
  to: string
  tone?: string | undefined
}) {
  return (
    <Link className="tile" href={to} data-tone={tone}>
      <span className="tile-label">
        <Icon size={15} aria-hidden /> {label}
      </span>
      <strong>{value}</strong>
    </Link>
  )
}

function Panel({ title, to, children }: { title: string; to: string; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <div className="row">
        <h2>{title}</h2>
        <Link className="push row" href={to}>
          All <ArrowRight size={14} aria-hidden />
        </Link>
      </div>
      {children}
    </section>
  )
}

function Recent({ failed = false }: { failed?: boolean }) {
  const traces = useQuery(recentTracesQuery(8, failed ? 'error' : undefined))
  return (
    <Loaded from={traces} rows={5}>
      {(rows) =>
        rows.length === 0 ? (
          <p className="quiet">
            {failed ? (
              <>
                <CheckCircle2 size={15} aria-hidden /> Nothing failed.
              </>
            ) : (
              <>
                Nothing has run yet. <Link href={addresses.endpoints()}>Call an endpoint</Link>
              </>
            )}
          </p>
        ) : (
          <ul className="run-lines">
            {rows.map((each) => (
              <RunLine key={each.id} trace={each} />
            ))}
          </ul>
        )
      }
    </Loaded>
  )
}

function RunLine({ trace }: { trace: TraceSummary }) {
  const now = useNow()
  return (
    <li>
      <Link href={addresses.run(trace.id)}>
        <KindIcon kind={trace.kind} />
        <span className="clip">{trace.name}</span>
        <span className="muted">{trace.end === null ? '' : duration(trace.end - trace.start)}</span>
        <StatusBadge status={trace.status} />
        <span className="muted run-ago">{relative(trace.start / 1000, now)}</span>
      </Link>
    </li>
  )
}

function Flows() {
  const flows = useQuery(flowsQuery)
  return (
    <Loaded from={flows} rows={3}>
      {(all) => (
        <ul className="run-lines">
          {all.map((each) => (
            <li key={each.id}>
              <Link href={addresses.flow(each.name)}>
                <Workflow size={15} aria-hidden />
                <span className="clip">{each.name}</span>
                <span className="muted">{plural(each.steps.length, 'Step')}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  )
}
