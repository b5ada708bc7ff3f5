// `motia trigger ResetShop` empties the shop. A Step without a trigger of its own runs when
// somebody starts it.
import { type Handlers, type NoopConfig } from 'motia'

export const config: NoopConfig = {
  type: 'noop',
  name: 'ResetShop',
  description: 'Forgets all pets, orders and messages',
  flows: ['pet-shop'],
}

export const handler: Handlers['ResetShop'] = async (_, { state, logger }) => {
  await Promise.all(['pets', 'orders', 'messages'].map((group) => state.clear(group)))
  logger.info('The shop is empty')
}
