import { api, logger } from '@motia/core';
import { z } from 'zod';

const GuestSchema = z.object({
  name: z.string().min(2),
  mail: z.string().email(),
  table: z.enum(['window', 'door']).default('window'),
});

export default api({
  id: 'greet-guest',
  method: 'POST',
  path: '/guests',
  schema: { body: GuestSchema },
}, async ({ body }) => {
  const guest = { id: `g-${body.name}`, ...body };
  logger.info('a guest came', { mail: guest.mail });
  await Promise.all([
    motia.trigger('send-menu', { guestId: guest.id, mail: guest.mail, name: guest.name }),
    motia.trigger('guess-appetite', { guestId: guest.id, signs: ['came early', 'came alone'], metadata: { source: 'door' } }),
  ]);
  return { success: true, guest };
});
