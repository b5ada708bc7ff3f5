import { event } from '@motia/core';

export default event({ id: 'check-oven', retry: { maxAttempts: 2, backoff: 'none' } }, async ({ orderId, rolls }) => {
  if (rolls.some((roll) => roll.kind === 'stone')) throw new Error(`RATE_LIMIT: the oven refuses ${orderId}`);
  return { baked: true, orderId };
});
