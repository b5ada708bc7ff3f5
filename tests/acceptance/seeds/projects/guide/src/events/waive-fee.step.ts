export const config = { name: 'WaiveFee', type: 'event', subscribes: ['fee.waived'] }

export const handler = async (input, { state }) => {
  await state.increment('waived', input.data.input.reader)
}
