// Streams in the context: declared ones by name and in camelCase, undeclared ones as anything.

/** @param {import('motia').FlowContext} ctx */
export async function talk({ streams }) {
  const item = await streams.chatRoom.get('lobby', 'first')
  item?.text.toUpperCase()
  await streams['chat-room'].set('lobby', 'first', { text: 'hello' })
  // @ts-expect-error: the stream's items have a text
  await streams.chatRoom.set('lobby', 'first', { text: 7 })
  await streams.undeclared?.set({ anything: 1 })
}
