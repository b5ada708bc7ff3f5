import { event, stateManager } from '@motia/core';

export default event({ id: 'mark-guest' }, async ({ guestId, mark }) => {
  await stateManager.set('guests', guestId, mark);
});
