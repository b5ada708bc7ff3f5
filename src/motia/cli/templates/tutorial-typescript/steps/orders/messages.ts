// What customers are told. Plain functions like this one need no server to be tested.

const TEXTS: Record<string, (petName: string) => string> = {
  'order.confirmed': (petName) => `Good news: ${petName} is waiting for you.`,
  'order.declined': (petName) => `Sorry, somebody was faster: ${petName} has found a home.`,
  'order.overdue': (petName) => `You did not come for ${petName}, who is looking for somebody else now.`,
}

export function messageAbout(topic: string | undefined, petName: string): string {
  const text = topic === undefined ? undefined : TEXTS[topic]
  if (text === undefined) {
    throw new Error(`There is no message about ${topic ?? 'an event without topic'}`)
  }
  return text(petName)
}
