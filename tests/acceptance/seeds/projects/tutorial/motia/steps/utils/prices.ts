export const priceOf = (kind: string): number => (kind === 'rye' ? 2 : 1)
