import { event } from '@motia/core';
import { z } from 'zod';

export default event({
  id: 'send-menu',
  schema: z.object({ guestId: z.string(), mail: z.string().email(), name: z.string() }),
}, async ({ guestId, mail, name }) => {
  console.log(`menu sent to ${name} (${mail})`);
  await motia.trigger('mark-guest', { guestId, mark: 'has the menu' });
  return { sent: true };
});
