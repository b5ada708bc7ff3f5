// Runs only when somebody starts it: `motia trigger ResetGreetings`, the Workbench, or another
// Step.

/** @type {import('motia').NoopConfig} */
export const config = {
  type: 'noop',
  name: 'ResetGreetings',
  description: 'Forgets all greetings',
  flows: ['greetings'],
}

/** @type {import('motia').Handlers['ResetGreetings']} */
export const handler = async (_, { state, logger }) => {
  await state.clear('greetings')
  logger.info('Forgot all greetings')
}
