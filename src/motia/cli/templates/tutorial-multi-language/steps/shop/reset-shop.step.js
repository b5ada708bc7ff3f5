// `motia trigger ResetShop` empties the shop. A Step without a trigger of its own runs when
// somebody starts it.

/** @type {import('motia').NoopConfig} */
export const config = {
  type: 'noop',
  name: 'ResetShop',
  description: 'Forgets all pets, orders and messages',
  flows: ['pet-shop'],
}

/** @type {import('motia').Handlers['ResetShop']} */
export const handler = async (_, { state, logger }) => {
  await Promise.all(['pets', 'orders', 'messages'].map((group) => state.clear(group)))
  logger.info('The shop is empty')
}
