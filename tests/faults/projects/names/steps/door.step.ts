// Puts an odd value where it was told to, and says what came of it.
export const config = { type: 'api', name: 'DoorNode', method: 'POST', path: '/door/node' }

export const handler = async (req: any, { emit, state }: any) => {
  const { id, field, value } = req.body
  const event: any = { topic: 'names', data: { id, odd: value } }
  try {
    if (field === 'state.key') await state.set('odd', value, id)
    else if (field === 'state.group') await state.set(value, 'odd', id)
    else {
      if (field !== 'data') event[field] = value
      await emit(event)
    }
  } catch (problem: any) {
    return { status: 422, body: { error: `${problem.name}: ${problem.message}` } }
  }
  return { status: 202, body: { ids: [id] } }
}
