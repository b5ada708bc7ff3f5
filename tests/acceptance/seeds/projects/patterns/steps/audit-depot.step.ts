import type { NoopConfig, Handlers } from 'motia'

export const config: NoopConfig = { name: 'AuditDepot', type: 'noop', emits: ['audit.made'], flows: ['parcels'] }

export const handler: Handlers['AuditDepot'] = async (input, context) => {
  const { depot, from } = input
  const report = { depot, from, pages: 3 }
  await context.state.set('audits', depot, report)
  await context.emit({ topic: 'audit.made', data: { depot } })
  return report
}
