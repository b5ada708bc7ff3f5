export const config = { name: 'Visit', type: 'api', path: '/visits', method: 'POST' }

export const handler = async (req, { state }) => {
  const visits = (await state.get('visit_count')) || 0
  await state.set('visit_count', visits + 1)
  const names = (await state.get('visit_names')) || []
  await state.set('visit_names', [...names, req.body.name])
}
