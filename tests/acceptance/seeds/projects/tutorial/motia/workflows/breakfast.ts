export const breakfast = ['greet-guest', 'take-order']
