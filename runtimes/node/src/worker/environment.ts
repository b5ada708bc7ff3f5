/** `development`, `production`, `test` or a name of the author's own, as the core decided it for its workers (CONF-4). */
export function environmentName(): string {
  return process.env.MOTIA_ENV || process.env.NODE_ENV || 'development'
}
