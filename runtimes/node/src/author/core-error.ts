/** An error the core answered with, raised where the author made the call. */
export class CoreError extends Error {
  constructor(name: string | undefined, message: string | undefined) {
    const limit = Error.stackTraceLimit
    // Its own stack would show how the answer was received, which helps nobody.
    Error.stackTraceLimit = 0
    super(message ?? 'the core refused the call')
    Error.stackTraceLimit = limit
    Object.defineProperty(this, 'name', { value: name ?? 'Error', configurable: true, writable: true })
  }

  /** `stack` is that of the call, with any first line. */
  raisedAt(stack: string): this {
    const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
    this.stack = [`${this.name}: ${this.message}`, ...frames].join('\n')
    return this
  }
}
