// What a Step may emit: the topics it declares, with what their subscribers accept.
import type { Handlers } from 'motia'

export const add: Handlers['AddQuote'] = async (_req, { emit, enqueue }) => {
  await emit({ topic: 'quote.added', data: { id: 'q', kind: 'short', tags: ['a'] }, delay: '5m' })
  await enqueue([{ topic: 'quote.added', data: { id: 'q', kind: 'long' } }])
  await emit('quote.added', { id: 'q', kind: 'long' })
  // @ts-expect-error: a misspelt topic
  await emit({ topic: 'quote.aded', data: { id: 'q', kind: 'long' } })
  // @ts-expect-error: a field of another type
  await emit({ topic: 'quote.added', data: { id: 7, kind: 'long' } })
  // @ts-expect-error: a missing field
  await emit({ topic: 'quote.added', data: { kind: 'long' } })
  // @ts-expect-error: a misspelt topic, in the short form
  await emit('quote.aded', { id: 'q', kind: 'long' })
  return { status: 201, body: { id: 'q' } }
}
export const index: Handlers['IndexQuote'] = async (_input, { emit }) => {
  await emit({ topic: 'grouped', messageGroupId: 'g', data: { 'a-b': 1 } })
  await emit({ topic: 'unheard', data: ['anything'] })
  // @ts-expect-error: a subscriber is fifo, so a group is needed
  await emit({ topic: 'grouped', data: { 'a-b': 1 } })
}
export const torn: Handlers['Torn'] = async (_input, { emit }) => {
  // Its subscribers want a text and a number.
  // @ts-expect-error: nothing suits both
  await emit({ topic: 'torn', data: 'text' })
}
export const both: Handlers['Both'] = async (_input, { emit }) => {
  await emit({ topic: 'both', data: { a: 'text', n: 1 } })
  // @ts-expect-error: the second subscriber needs n
  await emit({ topic: 'both', data: { a: 'text' } })
}
export const schemas: Handlers['Schemas'] = async (input) => {
  const all: {
    none: null
    many?: (string | number)[]
    choice: { a: string } | { b: number }
    one: 1 | 2
    pair: [string, number?, ...unknown[]]
    tree?: { children: unknown[] }
  } = input
  // @ts-expect-error: null is no text
  const none: string = input.none
  return [all, none]
}
