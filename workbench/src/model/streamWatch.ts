// The items of a stream's group as the messages of a live feed leave them.
export type StreamItem = { id: string } & Record<string, unknown>
export type StreamEvent = { type: string; data?: unknown }
export type StreamMessage = { timestamp: number; streamName: string; groupId: string; id?: string; event: StreamEvent }
export type Watched = { items: StreamItem[]; messages: StreamMessage[] }

const MOST_MESSAGES = 200

export const nothingWatched: Watched = { items: [], messages: [] }

export function heard(watched: Watched, message: StreamMessage): Watched {
  return { items: itemsAfter(watched.items, message), messages: [message, ...watched.messages].slice(0, MOST_MESSAGES) }
}

function itemsAfter(items: StreamItem[], { id, event }: StreamMessage): StreamItem[] {
  const data = event.data
  switch (event.type) {
    case 'sync':
      return Array.isArray(data) ? (data as StreamItem[]) : items
    case 'create':
    case 'update': {
      const item = data as StreamItem
      return items.some((each) => each.id === item.id)
        ? items.map((each) => (each.id === item.id ? item : each))
        : [...items, item]
    }
    case 'delete': {
      const gone = id ?? (data as StreamItem | undefined)?.id
      return items.filter((each) => each.id !== gone)
    }
    default:
      return items
  }
}
