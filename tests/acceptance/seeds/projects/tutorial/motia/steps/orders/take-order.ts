import { api } from '@motia/core';
import { z } from 'zod';

const OrderSchema = z.object({
  guestId: z.string(),
  rolls: z.array(z.object({ kind: z.string(), count: z.number().min(1), price: z.number().min(0) })),
  payment: z.enum(['cash', 'card']),
});

export default api({
  id: 'take-order',
  method: 'POST',
  path: '/orders',
  schema: { body: OrderSchema },
}, async ({ body }) => {
  const orderId = `order-${body.guestId}`;
  await motia.trigger('check-oven', { orderId, rolls: body.rolls });
  await motia.trigger('take-money', {
    orderId,
    amount: body.rolls.reduce((sum, roll) => sum + roll.price * roll.count, 0),
    method: body.payment,
  });
  await motia.trigger('pack-bag', { orderId, rolls: body.rolls });
  return { success: true, orderId, status: 'processing' };
});
