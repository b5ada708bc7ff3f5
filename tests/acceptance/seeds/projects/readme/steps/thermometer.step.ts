export const config = { type: 'api', name: 'Thermometer', path: '/temperature', flows: ['greenhouse'] }

export const handler = async ({ response }: any) => {
  response.headers({ 'content-type': 'text/event-stream' })
  for (const degrees of [19, 20, 21]) response.stream.write(`data: ${degrees}\n\n`)
  response.close()
}
