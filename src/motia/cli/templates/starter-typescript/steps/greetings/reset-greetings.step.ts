// Runs only when somebody starts it: `motia trigger ResetGreetings`, the Workbench, or another
// Step.
import { type Handlers, type NoopConfig } from 'motia'

export const config: NoopConfig = {
  type: 'noop',
  name: 'ResetGreetings',
  description: 'Forgets all greetings',
  flows: ['greetings'],
}

export const handler: Handlers['ResetGreetings'] = async (_, { state, logger }) => {
  await state.clear('greetings')
  logger.info('Forgot all greetings')
}
