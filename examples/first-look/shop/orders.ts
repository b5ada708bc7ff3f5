/** An order as the Steps of both languages keep it in the state group `orders`. */
export interface Order {
  id: string
  email: string
  items: { sku: string; quantity: number }[]
  totalCents: number
  status: 'priced' | 'confirmed'
}
