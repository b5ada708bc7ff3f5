import type { GroupStreamEvent, ItemStreamEvent } from './wire.js'

/** What a subscription shows: it begins with a sync and follows every event. A value that was given out never changes. */
export interface Contents<Value, E> {
  readonly value: Value
  /** Take an event in; whether the value is another one now. */
  apply(event: E): boolean
}

/** One item, null where there is none. */
export class ItemContents<T> implements Contents<T | null, ItemStreamEvent<T>> {
  value: T | null = null

  apply(event: ItemStreamEvent<T>): boolean {
    if (event.type === 'event') return false
    this.value = event.type === 'delete' ? null : event.data
    return true
  }
}

/** The items of a group in the server's order: as they were created. */
export class GroupContents<T extends { id: string }> implements Contents<T[], GroupStreamEvent<T>> {
  // A Map keeps the order of first insertion, and changes in place.
  #items = new Map<string, T>()
  #value: T[] | undefined

  /** Made when it is asked for: many events may come before that. */
  get value(): T[] {
    return (this.#value ??= [...this.#items.values()])
  }

  apply(event: GroupStreamEvent<T>): boolean {
    switch (event.type) {
      case 'event':
        return false
      case 'sync':
        this.#items = new Map((event.data ?? []).map((item) => [item.id, item]))
        break
      case 'delete':
        this.#items.delete(event.data.id)
        break
      default:
        this.#items.set(event.data.id, event.data)
    }
    this.#value = undefined
    return true
  }
}
