// What a span touched that has a page of its own.
import { addresses } from './addresses'
import type { Span } from './types'

export type Reference = { label: string; to: string }

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)

export function references(span: Span, deadIds: ReadonlySet<string> = new Set()): Reference[] {
  const found: Reference[] = []
  const { attributes } = span
  const group = text(attributes.group) ?? text(attributes.groupId)
  if (span.kind === 'state' && group) {
    const key = text(attributes.key)
    found.push(
      key
        ? { label: `State ${group} / ${key}`, to: addresses.stateItem(group, key) }
        : { label: `State ${group}`, to: addresses.stateGroup(group) },
    )
  }
  const stream = text(attributes.stream) ?? text(attributes.streamName)
  if (span.kind === 'stream' && stream) {
    const item = text(attributes.item) ?? text(attributes.id)
    const label = ['Stream', stream, group, item].filter(Boolean).join(' / ')
    if (group && item) found.push({ label, to: addresses.streamItem(stream, group, item) })
    else found.push({ label, to: group ? addresses.streamGroup(stream, group) : addresses.stream(stream) })
  }
  const deliveries = [
    text(attributes.deliveryId),
    ...(Array.isArray(attributes.deliveryIds) ? attributes.deliveryIds.map(text) : []),
  ]
  for (const id of deliveries)
    if (id && deadIds.has(id)) found.push({ label: `Dead letter ${id.slice(-8)}`, to: addresses.deadLetter(id) })
  return found
}
