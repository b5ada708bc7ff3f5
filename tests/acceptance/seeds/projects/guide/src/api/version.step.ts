export const config = { name: 'Version', type: 'api', path: '/version', method: 'GET' }

export const handler = async () => {
  return { status: 200, body: { environment: process.env.NODE_ENV, shelf: process.env.SHELF_LABEL } }
}
