import type { Step, Trigger } from '../../model/types'

export type Endpoint = { method: string; path: string; step: Step; trigger: Trigger }

export function endpointsOf(steps: Step[]): Endpoint[] {
  return steps.flatMap((step) =>
    step.triggers
      .filter((trigger) => trigger.type === 'http')
      .map((trigger) => ({ method: trigger.method ?? 'GET', path: trigger.path ?? '/', step, trigger })),
  )
}

export function byFlow(endpoints: Endpoint[]): [flow: string, endpoints: Endpoint[]][] {
  const groups = new Map<string, Endpoint[]>()
  for (const each of endpoints) {
    for (const flow of each.step.flows.length ? each.step.flows : ['default'])
      groups.set(flow, [...(groups.get(flow) ?? []), each])
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b))
}
