import { event } from '@motia/core';

export default event({ id: 'handle-failure' }, async ({ stepId, error, context, retryCount = 0 }) => {
  console.error(`${stepId} failed:`, error);
  if (retryCount < 3 && worthAnotherTry(error)) {
    return motia.trigger(stepId, { ...context, __retry: retryCount + 1 });
  }
  await motia.trigger('ring-alarm', { level: 'error', message: `${stepId} failed after ${retryCount}`, error: error.message, context });
});

function worthAnotherTry(error: Error): boolean {
  return ['RATE_LIMIT', 'TIMEOUT'].some((word) => error.message.includes(word));
}
