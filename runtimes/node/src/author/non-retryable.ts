/** Throw it when another attempt cannot help: the delivery goes to the dead letters at once. */
export class NonRetryable extends Error {
  override name = 'NonRetryable'
  readonly retryable = false
}
