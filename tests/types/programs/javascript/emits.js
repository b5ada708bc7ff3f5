// What a Step may emit: the topics it declares, with what their subscribers accept.

/** @type {import('motia').Handlers['AddQuote']} */
export const add = async (_req, { emit }) => {
  await emit('quote.added', { id: 'q', kind: 'long' })
  // @ts-expect-error: a misspelt topic
  await emit({ topic: 'quote.aded', data: { id: 'q', kind: 'long' } })
  // @ts-expect-error: a missing field
  await emit({ topic: 'quote.added', data: { kind: 'long' } })
  return { status: 201, body: { id: 'q' } }
}
/** @type {import('motia').Handlers['IndexQuote']} */
export const index = async (_input, { emit }) => {
  await emit({ topic: 'grouped', messageGroupId: 'g', data: { 'a-b': 1 } })
  // @ts-expect-error: a subscriber is fifo, so a group is needed
  await emit({ topic: 'grouped', data: { 'a-b': 1 } })
}
/** @type {import('motia').Handlers['Torn']} */
export const torn = async (_input, { emit }) => {
  // @ts-expect-error: nothing suits both subscribers
  await emit({ topic: 'torn', data: 'text' })
}
/** @type {import('motia').Handlers['Schemas']} */
export const schemas = async (input) => {
  /** @type {{ none: null, one: 1 | 2 }} */
  const some = input
  // @ts-expect-error: null is no text
  return [some, input.none.length]
}
