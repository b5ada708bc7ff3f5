// Tells the customer what became of the order. Nothing else knows how customers are told: Steps
// that have news emit them.
import { type EventConfig, type Handlers } from 'motia'
import type { Message } from '../shop/types'
import { messageAbout } from './messages'

export const config: EventConfig = {
  type: 'event',
  name: 'NotifyCustomer',
  description: 'Writes to the customer',
  subscribes: ['order.confirmed', 'order.declined', 'order.overdue'],
  input: {
    type: 'object',
    properties: {
      orderId: { type: 'string' },
      email: { type: 'string' },
      petName: { type: 'string' },
    },
    required: ['orderId', 'email', 'petName'],
  },
  // Mail servers have bad moments: try five times, waiting up to 2, 4, 8 and 16 seconds in between.
  retry: { maxAttempts: 5, backoff: 'exponential', delay: 2000 },
  flows: ['pet-shop'],
}

export const handler: Handlers['NotifyCustomer'] = async ({ orderId, email, petName }, { topic, state, logger }) => {
  const message: Message = { orderId, to: email, text: messageAbout(topic, petName) }

  // A real shop calls its mail service here. If that takes a key against sending twice, this one is
  // right: the same event, delivered again, gives the same key.
  await state.set('messages', `${orderId}:${topic}`, message)
  logger.info('Customer notified', { ...message })
}
