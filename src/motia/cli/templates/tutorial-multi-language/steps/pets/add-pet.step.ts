// POST /pets: a pet moves into the shop.
import { type ApiRouteConfig, type Handlers } from 'motia'
import type { Pet } from '../shop/types'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'AddPet',
  description: 'Takes a pet into the shop',
  method: 'POST',
  path: '/pets',
  // Checked before the handler runs: what violates it is answered with 400 and a list of all that
  // is wrong. Besides JSON Schema, Zod schemas work too.
  bodySchema: {
    type: 'object',
    properties: {
      id: { type: 'string', pattern: '^[a-z0-9-]{1,40}$' },
      name: { type: 'string', minLength: 1, maxLength: 60 },
      species: { enum: ['dog', 'cat', 'rabbit', 'parrot'] },
      price: { type: 'number', exclusiveMinimum: 0 },
    },
    required: ['id', 'name', 'species', 'price'],
    additionalProperties: false,
  },
  flows: ['pet-shop'],
}

export const handler: Handlers['AddPet'] = async (req, { state, logger }) => {
  const pet: Pet = req.body
  if (await state.has('pets', pet.id)) {
    return { status: 409, body: { error: `There already is a pet with the id ${pet.id}` } }
  }
  await state.set('pets', pet.id, pet)
  logger.info('Pet moved in', { id: pet.id, species: pet.species })
  return { status: 201, body: pet }
}
