import { AlertCircle, ChevronDown, ChevronRight, ScrollText } from 'lucide-react'
import { useRef } from 'react'
import { duration } from '../../model/format'
import { summary, type Timeline as TimelineData, type TimelineRow } from '../../model/traceTree'
import { KindIcon } from '../../ui/kinds'

type Props = {
  timeline: TimelineData
  selected: string | undefined
  folded: ReadonlySet<string>
  critical: boolean
  onSelect: (id: string) => void
  onFold: (id: string) => void
}

const TICKS = [0, 0.25, 0.5, 0.75, 1]

export function Timeline({ timeline, selected, folded, critical, onSelect, onFold }: Props) {
  const list = useRef<HTMLDivElement>(null)
  const at = timeline.rows.findIndex((row) => row.span.id === selected)
  const move = (event: React.KeyboardEvent) => {
    const step = event.key === 'ArrowDown' || event.key === 'j' ? 1 : event.key === 'ArrowUp' || event.key === 'k' ? -1 : 0
    const row = timeline.rows[at]
    if (step !== 0) {
      event.preventDefault()
      const next = timeline.rows[Math.min(timeline.rows.length - 1, Math.max(0, at + step))]
      if (next) {
        onSelect(next.span.id)
        list.current?.querySelector<HTMLElement>(`[data-span="${next.span.id}"]`)?.focus()
      }
    } else if (row?.hasChildren && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
      if (folded.has(row.span.id) === (event.key === 'ArrowRight')) onFold(row.span.id)
    }
  }
  return (
    <div className="timeline" data-critical={critical || undefined}>
      <div className="timeline-axis" aria-hidden>
        <span />
        <span className="timeline-ticks">
          {TICKS.map((tick) => (
            <span key={tick} style={{ left: `${tick * 100}%` }} data-end={tick === 1 || undefined}>
              {duration(timeline.length * tick)}
            </span>
          ))}
        </span>
      </div>
      {/* eslint-disable-next-line jsx-a11y/interactive-supports-focus -- its rows take the focus */}
      <div role="tree" aria-label="Spans" ref={list} onKeyDown={move}>
        {timeline.rows.map((row, index) => (
          <Row
            key={row.span.id}
            row={row}
            total={timeline.length}
            selected={row.span.id === selected}
            focusable={row.span.id === selected || (at < 0 && index === 0)}
            folded={folded.has(row.span.id)}
            onSelect={onSelect}
            onFold={onFold}
          />
        ))}
      </div>
    </div>
  )
}

type RowProps = {
  row: TimelineRow
  total: number
  selected: boolean
  focusable: boolean
  folded: boolean
  onSelect: (id: string) => void
  onFold: (id: string) => void
}

function Row({ row, total, selected, focusable, folded, onSelect, onFold }: RowProps) {
  const { span } = row
  const share = (value: number) => `${(value / total) * 100}%`
  const end = (row.offset + row.length) / total
  return (
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are handled by the tree
    <div
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={selected}
      aria-expanded={row.hasChildren ? !folded : undefined}
      tabIndex={focusable ? 0 : -1}
      className="timeline-row"
      data-span={span.id}
      data-status={span.status}
      data-critical={row.isCritical || undefined}
      onClick={() => onSelect(span.id)}
    >
      <span className="timeline-name" style={{ paddingLeft: row.depth * 14 }}>
        <button
          type="button"
          className="timeline-fold"
          tabIndex={-1}
          aria-hidden
          data-leaf={!row.hasChildren || undefined}
          onClick={(event) => {
            event.stopPropagation()
            onFold(span.id)
          }}
        >
          {row.hasChildren && (folded ? <ChevronRight size={13} /> : <ChevronDown size={13} />)}
        </button>
        <KindIcon kind={span.kind} size={13} />
        <span className="clip">
          {span.name} <span className="muted">{summary(span)}</span>
        </span>
        {row.logs > 0 && (
          <span className="timeline-logs muted" title={`${row.logs} log records`}>
            <ScrollText size={11} aria-hidden /> {row.logs}
          </span>
        )}
        {span.status === 'error' && <AlertCircle className="bad" size={14} aria-label="failed" />}
      </span>
      <span className="timeline-lane">
        {row.waited > 0 && (
          <span
            className="bar-wait"
            title={`${duration(row.waited)} in the queue`}
            style={{ left: share(row.offset - row.waited), width: share(row.waited) }}
          />
        )}
        <span
          className="bar"
          data-hue={span.kind}
          data-status={span.status}
          style={{ left: share(row.offset), width: `max(3px, ${share(row.length)})` }}
        />
        <span
          className="bar-text"
          style={
            end > 0.82 ? { right: `calc(${100 - (row.offset / total) * 100}% + 6px)` } : { left: `calc(${end * 100}% + 6px)` }
          }
        >
          {duration(row.length)}
        </span>
      </span>
    </div>
  )
}
