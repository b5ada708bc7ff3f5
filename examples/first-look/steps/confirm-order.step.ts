// Confirms an order that a Python Step priced.
import { type EventConfig, type Handlers } from 'motia'

export const config: EventConfig = {
  type: 'event',
  name: 'ConfirmOrder',
  description: 'Confirms a priced order',
  subscribes: ['order.priced'],
  input: {
    type: 'object',
    properties: { id: { type: 'string' } },
    required: ['id'],
  },
  flows: ['orders'],
}

export const handler: Handlers['ConfirmOrder'] = async ({ id }, { state, logger }) => {
  // Changes one field in the store itself, so it cannot undo what somebody else writes at the same moment.
  await state.update('orders', id, { type: 'set', path: 'status', value: 'confirmed' })
  logger.info('Order confirmed', { id })
}
