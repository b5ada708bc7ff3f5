import { cron } from '@motia/core';

export default cron({ id: 'evening-report', schedule: '0 18 * * *' }, async () => {
  console.log('counting rolls');
  const report = { rolls: 120 };
  await motia.trigger('mail-report', { reportType: 'evening', data: report, recipients: ['baker@example.com'] });
  return report;
});
