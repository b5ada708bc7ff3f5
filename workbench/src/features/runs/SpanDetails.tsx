import { FileCode2, ScrollText } from 'lucide-react'
import { Link } from 'wouter'
import { addresses } from '../../model/addresses'
import { clock, duration, moment } from '../../model/format'
import { references } from '../../model/references'
import { attempts, errorOf, isRun, summary, waitedBefore } from '../../model/traceTree'
import type { LogRecord, Span, Step } from '../../model/types'
import { Badge, Empty, Facts, StatusBadge } from '../../ui/basics'
import { JsonView } from '../../ui/JsonView'
import { KindIcon, kindLabel } from '../../ui/kinds'
import { TabView } from '../../ui/TabView'

type Props = {
  span: Span
  spans: Span[]
  logs: LogRecord[]
  step: Step | undefined
  deadIds: ReadonlySet<string>
  tab: string | undefined
  onTab: (tab: string) => void
}

export function SpanDetails({ span, spans, logs, step, deadIds, tab, onTab }: Props) {
  const own = logs.filter((each) => each.spanId === span.id)
  const calls = spans.filter((each) => each.parentId === span.id)
  const attributes = Object.entries(span.attributes)
  return (
    <section className="details" aria-label={`Span ${span.name}`}>
      <div className="details-head">
        <KindIcon kind={span.kind} size={18} />
        <h2>{span.name}</h2>
        <StatusBadge status={span.status} />
      </div>
      <TabView
        label="Span"
        value={tab ?? 'about'}
        onChange={onTab}
        tabs={[
          { id: 'about', label: 'About', content: <About span={span} step={step} deadIds={deadIds} calls={calls} /> },
          { id: 'logs', label: `Logs ${own.length || ''}`, content: <Logs logs={own} /> },
          {
            id: 'attributes',
            label: `Attributes ${attributes.length || ''}`,
            content: (
              <div className="padded">
                <JsonView value={span.attributes} open={2} label="Attributes" />
              </div>
            ),
          },
        ]}
      />
    </section>
  )
}

const VALUES: [attribute: string, title: string][] = [
  ['input', 'Input'],
  ['data', 'Data'],
  ['value', 'Value'],
  ['result', 'Output'],
]

function About({
  span,
  step,
  deadIds,
  calls,
}: {
  span: Span
  step: Step | undefined
  deadIds: ReadonlySet<string>
  calls: Span[]
}) {
  const error = errorOf(span)
  const links = references(span, deadIds)
  const waited = waitedBefore(span)
  const attempt = span.attributes.attempt
  return (
    <div className="stack padded">
      {error && <ErrorBox error={error} />}
      <Facts
        of={[
          ['What', [kindLabel(span.kind), summary(span)].filter(Boolean).join(' ')],
          ['Started', moment(span.start / 1000)],
          ['Took', span.end === null ? 'still running' : duration(span.end - span.start)],
          ['Waited in the queue', waited > 0 ? duration(waited) : null],
          ['Attempt', attempt === undefined ? null : attempts(span)],
        ]}
      />
      <div className="row wrap">
        {step && isRun(span) && (
          <Link className="button" data-look="plain" href={addresses.step(step.flows[0], step.name, 'source')}>
            <FileCode2 size={15} aria-hidden /> {step.file}
          </Link>
        )}
        {links.map((each) => (
          <Link key={each.to} className="button" data-look="plain" href={each.to}>
            {each.label}
          </Link>
        ))}
      </div>
      {VALUES.filter(([name]) => span.attributes[name] !== undefined).map(([name, title]) => (
        <section key={name}>
          <h3>{title}</h3>
          <JsonView value={span.attributes[name]} open={3} label={title} />
        </section>
      ))}
      {calls.length > 0 && (
        <section>
          <h3>What it did</h3>
          <ul className="plain-list">
            {calls.map((call) => (
              <li key={call.id} className="row">
                <KindIcon kind={call.kind} size={13} />{' '}
                <span className="clip">
                  {call.name} <span className="muted">{summary(call)}</span>
                </span>
                <span className="muted push">+{duration(call.start - span.start)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

export function ErrorBox({ error }: { error: { name: string; message: string; stack?: string } }) {
  return (
    <div className="error-box" role="group" aria-label="Error">
      <strong>{error.name}</strong>
      <p>{error.message}</p>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard */}
      {error.stack && <pre tabIndex={0}>{error.stack}</pre>}
    </div>
  )
}

function Logs({ logs }: { logs: LogRecord[] }) {
  if (logs.length === 0) return <Empty icon={ScrollText} title="It logged nothing" />
  return (
    <ul className="plain-list padded">
      {logs.map((each) => (
        <li key={each.id} className="log-entry">
          <div className="row">
            <Badge
              tone={each.level === 'error' ? 'bad' : each.level === 'warn' ? 'warn' : each.level === 'info' ? 'info' : 'neutral'}
            >
              {each.level}
            </Badge>
            <code className="muted">{clock(each.time)}</code>
            <span>{each.msg}</span>
          </div>
          {Object.keys(each.args).length > 0 && <JsonView value={each.args} open={1} label="Fields" />}
        </li>
      ))}
    </ul>
  )
}
