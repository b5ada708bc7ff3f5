/** How long to wait before coming again. */
export interface ReconnectOptions {
  /** The most the first wait takes, in milliseconds; default 250. */
  firstMs?: number
  /** The most any wait takes, in milliseconds; default 30,000. */
  capMs?: number
}

const FIRST_MS = 250
const CAP_MS = 30_000

/**
 * Exponential backoff with full jitter: a wait is anything from nothing to a bound that doubles, so that clients which lost the
 * server together do not come back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export class Backoff {
  #waits = 0
  readonly #first: number
  readonly #cap: number
  readonly #random: () => number

  constructor({ firstMs = FIRST_MS, capMs = CAP_MS }: ReconnectOptions = {}, random: () => number = Math.random) {
    this.#first = firstMs
    this.#cap = capMs
    this.#random = random
  }

  /** Milliseconds to wait now. */
  next(): number {
    const bound = Math.min(this.#cap, this.#first * 2 ** Math.min(this.#waits, 30))
    this.#waits += 1
    return this.#random() * bound
  }

  /** It went well: begin anew. */
  reset(): void {
    this.#waits = 0
  }
}
