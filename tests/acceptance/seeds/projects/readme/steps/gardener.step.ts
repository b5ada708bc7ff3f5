export const config = {
  type: 'noop',
  name: 'Gardener',
  virtualEmits: ['bed.watered'],
  flows: ['greenhouse'],
}
