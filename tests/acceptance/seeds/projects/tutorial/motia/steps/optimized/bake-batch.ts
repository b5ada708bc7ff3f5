import { event, stateManager } from '@motia/core';

const bake = async (tray: number) => {
  await stateManager.increment('trays', String(tray));
  return tray;
};

export default event({ id: 'bake-batch', concurrency: 5 }, async ({ trays }) => {
  const results = [];
  for (let start = 0; start < trays.length; start += 2) {
    results.push(...(await Promise.all(trays.slice(start, start + 2).map((tray) => bake(tray)))));
  }
  return { processed: results.length, results };
});
