/**
 * Functions that remember their calls. They have the shape that `expect` of both vitest and jest looks for, so that
 * `expect(ctx.emit).toHaveBeenCalledWith(…)` works in either, and without either.
 */
type Anything = (...args: any[]) => any

export interface Spy<F extends Anything = Anything> {
  (...args: Parameters<F>): ReturnType<F>
  readonly _isMockFunction: true
  readonly mock: {
    calls: Parameters<F>[]
    results: { type: 'return' | 'throw'; value: any }[]
    settledResults: { type: 'fulfilled' | 'rejected' | 'incomplete'; value: any }[]
    contexts: unknown[]
    instances: unknown[]
    invocationCallOrder: number[]
    readonly lastCall: Parameters<F> | undefined
  }
  getMockName(): string
  mockName(name: string): this
  getMockImplementation(): F
  mockImplementation(run: F): this
  mockImplementationOnce(run: F): this
  mockReturnValue(value: unknown): this
  mockReturnValueOnce(value: unknown): this
  mockResolvedValue(value: unknown): this
  mockResolvedValueOnce(value: unknown): this
  mockRejectedValue(reason: unknown): this
  mockRejectedValueOnce(reason: unknown): this
  /** Forgets the calls. */
  mockClear(): this
  /** Forgets the calls and what it was told to do: it does again what it did at first. */
  mockReset(): this
  mockRestore(): this
}

let order = 0

/** A spy that does what `original` does until it is told otherwise. */
export function spyOn<F extends Anything>(original: F, name = 'spy'): Spy<F> {
  let run: Anything = original
  let once: Anything[] = []
  let shown = name
  const mock = {
    calls: [] as any[],
    results: [] as any[],
    settledResults: [] as any[],
    contexts: [] as unknown[],
    instances: [] as unknown[],
    invocationCallOrder: [] as number[],
    get lastCall() {
      return mock.calls.at(-1)
    },
  }
  const called = function (this: unknown, ...args: any[]): any {
    const result: { type: string; value: any } = { type: 'return', value: undefined }
    const settled: { type: string; value: any } = { type: 'incomplete', value: undefined }
    mock.calls.push(args)
    mock.contexts.push(this)
    mock.instances.push(this)
    mock.invocationCallOrder.push(++order)
    mock.results.push(result)
    mock.settledResults.push(settled)
    try {
      result.value = (once.shift() ?? run).apply(this, args)
    } catch (error) {
      result.type = 'throw'
      result.value = error
      throw error
    }
    if (typeof result.value?.then === 'function') follow(result.value, settled)
    else Object.assign(settled, { type: 'fulfilled', value: result.value })
    return result.value
  }
  const clear = (): void => {
    for (const list of [mock.calls, mock.results, mock.settledResults, mock.contexts, mock.instances, mock.invocationCallOrder])
      list.length = 0
  }
  const self = Object.assign(called, {
    _isMockFunction: true as const,
    mock,
    getMockName: () => shown,
    mockName: (given: string) => ((shown = given), self),
    getMockImplementation: () => run,
    mockImplementation: (other: Anything) => ((run = other), self),
    mockImplementationOnce: (other: Anything) => (once.push(other), self),
    mockReturnValue: (value: unknown) => ((run = () => value), self),
    mockReturnValueOnce: (value: unknown) => (once.push(() => value), self),
    mockResolvedValue: (value: unknown) => ((run = async () => value), self),
    mockResolvedValueOnce: (value: unknown) => (once.push(async () => value), self),
    mockRejectedValue: (reason: unknown) => ((run = () => Promise.reject(reason)), self),
    mockRejectedValueOnce: (reason: unknown) => (once.push(() => Promise.reject(reason)), self),
    mockClear: () => (clear(), self),
    mockReset: () => (clear(), (run = original), (once = []), self),
    mockRestore: () => self.mockReset(),
  }) as any
  return self
}

function follow(promise: PromiseLike<unknown>, settled: { type: string; value: any }): void {
  promise.then(
    (value) => void Object.assign(settled, { type: 'fulfilled', value }),
    (reason) => void Object.assign(settled, { type: 'rejected', value: reason }),
  )
}
