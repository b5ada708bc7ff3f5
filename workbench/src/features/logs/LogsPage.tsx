import { useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Download, Pause, Play, ScrollText, X } from 'lucide-react'
import { useDeferredValue, useMemo, useRef, useState } from 'react'
import { Link } from 'wouter'
import { useEventSource } from '../../api/live'
import { logsQuery, stepsQuery, type LogQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { clock, moment, plural, preview } from '../../model/format'
import { asJsonLines, mergeLogs } from '../../model/logMerge'
import type { LogRecord } from '../../model/types'
import { Badge, Button, Choice, Empty, Facts, IconButton, Loaded, PageHeader, Select } from '../../ui/basics'
import { JsonView } from '../../ui/JsonView'
import { useQueryParams } from '../../ui/location'
import { saveFile } from '../../ui/saveFile'

const KEPT = 20_000

export default function LogsPage() {
  const [query, setQuery] = useQueryParams()
  const steps = useQuery(stepsQuery)
  const text = useDeferredValue(query.text)
  const where = useMemo<LogQuery>(
    () => ({
      ...(query.step ? { step: query.step } : {}),
      ...(query.trace ? { traceId: query.trace } : {}),
      ...(query.level ? { level: query.level as 'info' } : {}),
      ...(text ? { text } : {}),
    }),
    [query.step, query.trace, query.level, text],
  )
  return (
    <div className="page">
      <LogView key={JSON.stringify(where)} where={where}>
        <div className="filters">
          <Choice
            label="Level"
            value={query.level ?? ''}
            onChange={(next) => setQuery({ level: next })}
            options={[
              ['', 'All'],
              ['info', 'Info'],
              ['warn', 'Warnings'],
              ['error', 'Errors'],
            ]}
          />
          <Select
            label="Step"
            value={query.step ?? ''}
            onChange={(next) => setQuery({ step: next })}
            options={[['', 'Any Step'], ...(steps.data ?? []).map((each): [string, string] => [each.name, each.name])]}
          />
          <input
            className="input"
            type="search"
            data-search
            placeholder="Text in the message"
            aria-label="Text in the message"
            value={query.text ?? ''}
            onChange={(event) => setQuery({ text: event.target.value })}
          />
          {query.trace && (
            <span className="chip">
              Run{' '}
              <Link href={addresses.run(query.trace)}>
                <code>{query.trace.slice(0, 8)}</code>
              </Link>
              <IconButton label="Show all runs" icon={X} onClick={() => setQuery({ trace: undefined })} />
            </span>
          )}
        </div>
      </LogView>
    </div>
  )
}

function LogView({ where, children }: { where: LogQuery; children: React.ReactNode }) {
  const [query, setQuery] = useQueryParams()
  const fetched = useQuery(logsQuery(where))
  const [arrived, setArrived] = useState<LogRecord[]>([])
  const [paused, setPaused] = useState<LogRecord[] | null>(null)
  const follow = `__motia/logs/follow?${new URLSearchParams(Object.entries(where).map(([name, value]) => [name, String(value)])).toString()}`
  const connection = useEventSource<LogRecord>(follow, (batch) => setArrived((known) => mergeLogs(known, batch, KEPT)))
  const all = useMemo(() => mergeLogs(fetched.data ?? [], arrived, KEPT), [fetched.data, arrived])
  const shown = paused ?? all
  const chosen = shown.find((each) => each.id === query.record)
  return (
    <>
      <PageHeader
        title="Logs"
        subtitle={
          <span role="status">
            {paused
              ? `Paused, ${plural(all.length - paused.length, 'new record')}`
              : connection === 'lost'
                ? 'Not connected, trying again'
                : 'Live, newest first'}
          </span>
        }
      >
        <Button icon={paused ? Play : Pause} onClick={() => setPaused(paused ? null : all)}>
          {paused ? 'Follow' : 'Pause'}
        </Button>
        <Button
          icon={Download}
          disabled={shown.length === 0}
          onClick={() => saveFile('logs.jsonl', asJsonLines(shown), 'application/jsonl')}
        >
          Export
        </Button>
      </PageHeader>
      {children}
      <div className="with-side">
        <Loaded from={fetched} rows={12}>
          {() =>
            shown.length === 0 ? (
              <Empty icon={ScrollText} title={Object.keys(where).length ? 'No record matches' : 'Nothing was logged yet'}>
                New records appear here by themselves.
              </Empty>
            ) : (
              <LogList logs={shown} selected={chosen?.id} onSelect={(id) => setQuery({ record: id })} />
            )
          }
        </Loaded>
        {chosen && <LogDetails log={chosen} onClose={() => setQuery({ record: undefined })} />}
      </div>
    </>
  )
}

function LogList({
  logs,
  selected,
  onSelect,
}: {
  logs: LogRecord[]
  selected: string | undefined
  onSelect: (id: string) => void
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: logs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 34,
    overscan: 20,
    getItemKey: (index) => logs[index]?.id ?? index,
  })
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <div className="log-list" ref={scroller} tabIndex={0} role="region" aria-label="Log records">
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const log = logs[item.index]
          if (!log) return null
          return (
            <div
              key={item.key}
              className="log-row"
              data-level={log.level}
              data-selected={log.id === selected || undefined}
              style={{ transform: `translateY(${item.start}px)`, height: item.size }}
            >
              <button type="button" className="log-open" onClick={() => onSelect(log.id)}>
                <span className="log-level">{log.level}</span>
                <time title={moment(log.time)}>{clock(log.time)}</time>
                <span className="log-step clip">{log.step ?? 'core'}</span>
                <span className="log-text clip">
                  {log.msg} <span className="muted">{Object.keys(log.args).length > 0 ? preview(log.args, 160) : ''}</span>
                </span>
              </button>
              {log.traceId ? (
                <Link
                  className="log-trace"
                  href={addresses.run(log.traceId, log.spanId ?? undefined)}
                  aria-label={`Run ${log.traceId.slice(0, 8)}`}
                >
                  {log.traceId.slice(0, 8)}
                </Link>
              ) : (
                <span />
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function LogDetails({ log, onClose }: { log: LogRecord; onClose: () => void }) {
  return (
    <aside className="inspector" aria-label="Log record">
      <div className="inspector-head">
        <Badge tone={log.level === 'error' ? 'bad' : log.level === 'warn' ? 'warn' : 'info'}>{log.level}</Badge>
        <h2>{log.step ?? 'core'}</h2>
        <IconButton label="Close" icon={X} onClick={onClose} />
      </div>
      <div className="stack padded">
        <p className="log-message">{log.msg}</p>
        <Facts
          of={[
            ['Time', `${moment(log.time)}.${clock(log.time).slice(-3)}`],
            [
              'Step',
              log.step && (
                <Link key="step" href={addresses.step(log.flows[0], log.step)}>
                  {log.step}
                </Link>
              ),
            ],
            ['Flows', log.flows.join(', ')],
            [
              'Run',
              log.traceId && (
                <Link key="run" href={addresses.run(log.traceId, log.spanId ?? undefined)}>
                  <code>{log.traceId}</code>
                </Link>
              ),
            ],
            ['Id', <code key="id">{log.id}</code>],
          ]}
        />
        {Object.keys(log.args).length > 0 && (
          <section>
            <h3>Fields</h3>
            <JsonView value={log.args} open={3} label="Fields" />
          </section>
        )}
        {log.traceId && (
          <Link className="button" data-look="plain" href={addresses.logs({ trace: log.traceId })}>
            All records of this run
          </Link>
        )}
      </div>
    </aside>
  )
}
