// What the shop remembers. A file without `.step` in its name is a helper: Steps import it, nothing
// starts it.

export type Species = 'dog' | 'cat' | 'rabbit' | 'parrot'

/** State group `pets`, by id. `reservedFor` is the id of the order that has it. */
export interface Pet {
  id: string
  name: string
  species: Species
  price: number
  reservedFor?: string
}

/** State group `orders`, by id. Times are milliseconds since 1970. */
export interface Order {
  id: string
  petId: string
  petName: string
  email: string
  status: 'placed' | 'confirmed' | 'declined' | 'overdue'
  placedAt: number
  pickUpBy: number
}

/** State group `messages`, by order and topic. */
export interface Message {
  orderId: string
  to: string
  text: string
}
