export const config = { type: 'cron', name: 'OpenWindows', cron: '*/1 * * * * *', flows: ['greenhouse'] }

export const handler = async ({ state }) => {
  await state.increment('windows', 'opened')
}
