import { Catalogue } from '../config/catalogue'

const catalogue = new Catalogue()

export const config = { name: 'SearchCatalogue', type: 'api', path: '/books/:title', method: 'GET' }

export const handler = async (req, { logger }) => {
  try {
    return { status: 200, body: await catalogue.query(req.params.title) }
  } catch (error) {
    logger.error('the search failed', error)
    return { status: 500, body: { error: 'Try again later' } }
  }
}
