type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only where both types are the same. */
export declare function same<A, B>(proof: Equal<A, B>): void
export declare function text(value: string): void
