export const config = {
  name: 'CollectFee',
  type: 'event',
  subscribes: ['fee.due'],
  retry: { maxAttempts: 3, backoff: 'exponential', timeout: 30000, delay: 2 },
}

export const handler = async (input, { emit, logger }) => {
  try {
    throw new Error(`no coins for ${input.data.reader}`)
  } catch (error) {
    logger.error('fee not collected', { error: error.message, retryCount: error.retryCount })
    if (error.retryCount >= 3) {
      await emit({ topic: 'fee.waived', data: { error: error.message, input } })
    }
    throw error
  }
}
