import phrases from './phrases'

export const config = { name: 'Notice', type: 'api', path: '/notice', method: 'GET' }

export const handler = async (req) => {
  const language = req.headers['accept-language']?.split(',')[0] || 'en'
  return { status: 200, body: { notice: phrases.say(language), language } }
}
