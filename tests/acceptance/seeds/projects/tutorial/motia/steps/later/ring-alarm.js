const { event, stateManager } = require('@motia/core')

module.exports = event({ id: 'ring-alarm' }, async ({ level, message, error, context }) => {
  await stateManager.set('alarms', context.orderId, { level, message, error })
})
