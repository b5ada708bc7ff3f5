// The price list for TypeScript Steps; prices.py reads the same file for the Python ones.
import prices from './prices.json'

export function isSold(sku: string): boolean {
  return Object.hasOwn(prices, sku)
}
