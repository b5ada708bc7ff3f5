// Every page and every object has an address; nobody else writes one by hand.
type Query = Record<string, string | number | undefined>

function address(parts: string[], query: Query = {}): string {
  const given = Object.entries(query).filter((pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== '')
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return `/${parts.map(encodeURIComponent).join('/')}${search && `?${search}`}`
}

export const addresses = {
  overview: () => '/',
  flows: () => address(['flows']),
  flow: (name: string, query?: { run?: string; step?: string }) => address(['flows', name], query),
  step: (flow: string | undefined, step: string, tab?: string) => address(['flows', flow ?? 'default'], { step, tab }),
  runs: (query?: { step?: string; status?: string }) => address(['runs'], query),
  run: (traceId: string, span?: string) => address(['runs', traceId], { span }),
  logs: (query?: { step?: string; trace?: string; level?: string; text?: string }) => address(['logs'], query),
  endpoints: () => address(['endpoints']),
  endpoint: (method: string, path: string) => address(['endpoints', method, path]),
  state: () => address(['state']),
  stateGroup: (group: string) => address(['state', group]),
  stateItem: (group: string, key: string) => address(['state', group, key]),
  streams: () => address(['streams']),
  stream: (name: string) => address(['streams', name]),
  streamGroup: (name: string, group: string) => address(['streams', name, group]),
  streamItem: (name: string, group: string, item: string) => address(['streams', name, group, item]),
  queues: () => address(['queues']),
  waiting: () => address(['queues', 'waiting']),
  scheduled: () => address(['queues', 'scheduled']),
  deadLetters: (query?: { step?: string; topic?: string }) => address(['queues', 'dead'], query),
  deadLetter: (id: string) => address(['queues', 'dead', id]),
  cron: (step?: string) => address(['cron'], { step }),
  workers: () => address(['workers']),
  settings: () => address(['settings']),
}
