import { event, stateManager } from '@motia/core';

export default event({ id: 'pack-bag' }, async ({ orderId, rolls }) => {
  await stateManager.set('bags', orderId, rolls.length);
});
