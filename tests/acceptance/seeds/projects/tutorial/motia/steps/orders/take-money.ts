import { event, stateManager } from '@motia/core';

export default event({ id: 'take-money' }, async ({ orderId, amount, method }) => {
  await stateManager.set('till', orderId, { amount, method });
  return { paid: true, orderId };
});
