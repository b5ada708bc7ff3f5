export const topics = ['guest.came']
