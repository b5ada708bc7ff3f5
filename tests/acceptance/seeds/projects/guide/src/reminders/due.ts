export const config = { name: 'NotAStep' }
export const inDays = (day: number) => day + 28
