import { cron } from '@motia/core';

export default cron({ id: 'sweep-floor', schedule: '0 5 * * 0' }, async () => ({ crumbs: 12 }));
