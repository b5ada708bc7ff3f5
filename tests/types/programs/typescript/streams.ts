// Streams in the context: declared ones by name and in camelCase, undeclared ones as anything.
import type { FlowContext, MotiaStream, StreamItem } from 'motia'
import { same } from './same'

export async function talk({ streams }: FlowContext): Promise<void> {
  const item = await streams.chatRoom.get('lobby', 'first')
  same<typeof item, StreamItem<{ text: string }> | null>(true)
  await streams['chat-room'].set('lobby', 'first', { text: 'hello' })
  const [first] = await streams.chatRoom.getGroup('lobby')
  same<string | undefined, (typeof first & {})['text'] | undefined>(true)
  // @ts-expect-error: the stream's items have a text
  await streams.chatRoom.set('lobby', 'first', { text: 7 })
  await streams.undeclared?.set({ anything: 1 })
  const typed: MotiaStream<{ n: number }> | undefined = streams.counts
  // @ts-expect-error: no such method
  await typed?.push(1)
}
