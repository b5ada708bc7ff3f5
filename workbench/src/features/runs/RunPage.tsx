import { useQuery } from '@tanstack/react-query'
import { ScrollText, SearchX, Workflow } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import { CoreError } from '../../api/client'
import { deadLettersQuery, stepsQuery, traceQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { duration, moment, plural } from '../../model/format'
import { errorOf, isRun, timeline } from '../../model/traceTree'
import type { Trace } from '../../model/types'
import { CopyButton, Empty, Facts, Loaded, PageHeader, StatusBadge } from '../../ui/basics'
import { useQueryParams } from '../../ui/location'
import { SplitView } from '../../ui/SplitView'
import { useNow } from '../../ui/time'
import { ErrorBox, SpanDetails } from './SpanDetails'
import { Timeline } from './Timeline'

export default function RunPage({ traceId }: { traceId: string }) {
  const trace = useQuery({
    ...traceQuery(traceId),
    retry: (times, problem) => times < 3 && !(problem instanceof CoreError && problem.status === 404),
  })
  if (trace.error instanceof CoreError && trace.error.status === 404) {
    return (
      <Empty icon={SearchX} title="This run is not known">
        Runs are kept for a limited time. <Link href={addresses.runs()}>All runs</Link>
      </Empty>
    )
  }
  return <Loaded from={trace}>{(data) => <RunView trace={data} />}</Loaded>
}

function RunView({ trace }: { trace: Trace }) {
  const [query, setQuery] = useQueryParams()
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [critical, setCritical] = useState(false)
  const steps = useQuery(stepsQuery)
  const dead = useQuery(deadLettersQuery())
  const running = trace.spans.some((span) => span.status === 'running')
  const now = useNow()
  const shownNow = running ? now * 1000 : 0
  const data = useMemo(() => timeline(trace.spans, trace.logs, shownNow, folded), [trace, shownNow, folded])
  const deadIds = useMemo(() => new Set(dead.data?.map((each) => each.id)), [dead.data])
  const failed = trace.spans.filter((span) => span.status === 'error')
  const first = data.rows[0]?.span
  const chosen = trace.spans.find((span) => span.id === query.span) ?? failed.findLast(isRun) ?? first
  const fold = (id: string) =>
    setFolded((known) => {
      const next = new Set(known)
      if (!next.delete(id)) next.add(id)
      return next
    })
  const status = running ? 'running' : failed.some(isRun) || first?.status === 'error' ? 'error' : 'ok'
  const flow = steps.data?.find((each) => each.name === first?.step)?.flows[0]
  const error = failed.map(errorOf).find((each) => each !== null)
  return (
    <div className="page">
      <PageHeader
        title={
          <>
            {first?.name ?? 'Run'} <StatusBadge status={status} />
          </>
        }
        trail={[{ label: 'Runs', to: addresses.runs() }]}
        subtitle={
          <span className="row wrap">
            <code>{trace.id}</code>
            <CopyButton text={trace.id} label="Copy trace id" />
          </span>
        }
      >
        <label className="check">
          <input type="checkbox" checked={critical} onChange={(event) => setCritical(event.target.checked)} /> Critical path
        </label>
        <Link className="button" data-look="plain" href={addresses.logs({ trace: trace.id })}>
          <ScrollText size={15} aria-hidden /> Logs
        </Link>
        <Link className="button" data-look="plain" href={addresses.flow(flow ?? 'default', { run: trace.id })}>
          <Workflow size={15} aria-hidden /> In the flow
        </Link>
      </PageHeader>
      <div className="strip">
        <Facts
          of={[
            ['Started', moment(data.start / 1000)],
            ['Duration', duration(data.length)],
            ['In the queue', duration(data.queued)],
            ['Steps', plural(new Set(trace.spans.filter(isRun).map((span) => span.step)).size, 'Step')],
            ['Spans', trace.spans.length],
            ['Logs', trace.logs.length],
          ]}
        />
      </div>
      {error && status === 'error' && !chosen?.attributes.error && (
        <div className="padded">
          <ErrorBox error={error} />
        </div>
      )}
      <SplitView
        id="run"
        first={
          <Timeline
            timeline={data}
            selected={chosen?.id}
            folded={folded}
            critical={critical}
            onSelect={(id) => setQuery({ span: id })}
            onFold={fold}
          />
        }
        second={
          chosen && (
            <SpanDetails
              key={chosen.id}
              span={chosen}
              spans={trace.spans}
              logs={trace.logs}
              step={steps.data?.find((each) => each.name === chosen.step)}
              deadIds={deadIds}
              tab={query.tab}
              onTab={(tab) => setQuery({ tab })}
            />
          )
        }
      />
    </div>
  )
}
