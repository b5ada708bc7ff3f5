import { inDays } from './due'

export const config = { name: 'RemindReader', type: 'event', subscribes: ['loan.made'] }

export const handler = async (input, { state }) => {
  await state.set('reminders', input.data.title, inDays(input.data.day))
}
