// A table of any length: sorted by its heads, only the visible rows drawn, walked with the arrow keys.
import {
  flexRender,
  getCoreRowModel,
  getSortedRowModel,
  useReactTable,
  type ColumnDef,
  type SortingState,
} from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode } from 'react'

export type Column<Row> = ColumnDef<Row> & { meta?: { width?: string; align?: 'right'; hideOnPhone?: boolean } }

type Props<Row> = {
  label: string
  rows: Row[]
  columns: Column<Row>[]
  rowId: (row: Row) => string
  onOpen?: (row: Row) => void
  selected?: string | undefined
  rowHeight?: number
  onEnd?: () => void
  footer?: ReactNode
}

export function DataTable<Row>({ label, rows, columns, rowId, onOpen, selected, rowHeight = 44, onEnd, footer }: Props<Row>) {
  const [sorting, setSorting] = useState<SortingState>([])
  const table = useReactTable({
    data: rows,
    columns,
    state: { sorting },
    onSortingChange: setSorting,
    getRowId: rowId,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  })
  const scroller = useRef<HTMLDivElement>(null)
  const sorted = table.getRowModel().rows
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (onEnd && sorted.length > 0 && last >= sorted.length - 5) onEnd()
  }, [last, sorted.length, onEnd])
  const widths = columns.map((column) => column.meta?.width ?? 'minmax(0, 1fr)')
  const narrow = widths
    .filter((_, index) => !columns[index]?.meta?.hideOnPhone)
    .map((width) => width.replace(/minmax\(\d+px/, 'minmax(0px'))

  const move = (event: React.KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === 'ArrowDown' || event.key === 'j' ? 1 : event.key === 'ArrowUp' || event.key === 'k' ? -1 : 0
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-index]')
    if (step === 0 || !row) return
    event.preventDefault()
    const next = Math.min(sorted.length - 1, Math.max(0, Number(row.dataset.index) + step))
    virtual.scrollToIndex(next)
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus())
  }

  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <div className="table-scroll" ref={scroller} tabIndex={0} role="region" aria-label={`${label}, scrollable`}>
      {/* eslint-disable-next-line jsx-a11y/interactive-supports-focus -- its rows take the focus */}
      <div
        className="table"
        role="grid"
        aria-label={label}
        aria-rowcount={sorted.length}
        onKeyDown={move}
        style={{ '--columns': widths.join(' '), '--columns-narrow': narrow.join(' ') } as React.CSSProperties}
      >
        <div className="table-head" role="row">
          {table.getFlatHeaders().map((header) => {
            const direction = header.column.getIsSorted()
            const meta = (header.column.columnDef as Column<Row>).meta
            return (
              <div
                key={header.id}
                role="columnheader"
                aria-sort={direction === 'asc' ? 'ascending' : direction === 'desc' ? 'descending' : 'none'}
                data-align={meta?.align}
                data-phone={meta?.hideOnPhone ? 'hidden' : undefined}
              >
                {header.column.getCanSort() ? (
                  <button type="button" onClick={header.column.getToggleSortingHandler()}>
                    {flexRender(header.column.columnDef.header, header.getContext())}
                    {direction === 'asc' && <ArrowUp size={12} aria-hidden />}
                    {direction === 'desc' && <ArrowDown size={12} aria-hidden />}
                  </button>
                ) : (
                  flexRender(header.column.columnDef.header, header.getContext())
                )}
              </div>
            )
          })}
        </div>
        <div className="table-body" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = sorted[item.index]
            if (!row) return null
            return (
              <div
                key={row.id}
                role="row"
                className="table-row"
                tabIndex={onOpen ? 0 : -1}
                data-index={item.index}
                data-openable={onOpen ? true : undefined}
                aria-selected={row.id === selected}
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
                onClick={(event) => {
                  if (onOpen && !(event.target as HTMLElement).closest('a, button, input')) onOpen(row.original)
                }}
                onKeyDown={(event) => {
                  if (event.key === 'Enter' && event.target === event.currentTarget) onOpen?.(row.original)
                }}
              >
                {row.getVisibleCells().map((cell) => {
                  const meta = (cell.column.columnDef as Column<Row>).meta
                  return (
                    <div
                      key={cell.id}
                      role="gridcell"
                      data-align={meta?.align}
                      data-phone={meta?.hideOnPhone ? 'hidden' : undefined}
                    >
                      {flexRender(cell.column.columnDef.cell, cell.getContext())}
                    </div>
                  )
                })}
              </div>
            )
          })}
        </div>
      </div>
      {footer && <div className="table-footer">{footer}</div>}
    </div>
  )
}
