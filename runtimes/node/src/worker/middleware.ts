import type { Handler } from './found.js'

type Run = (input: any) => unknown

/**
 * Wraps `innermost` in a Step's middleware, first in the list outermost (MW-1 to MW-4). `normalise` makes what `next()`
 * resolves to.
 */
export function withMiddleware(
  middleware: Handler[],
  context: unknown,
  innermost: Run,
  normalise: (result: unknown) => unknown,
): Run {
  const runFrom = (index: number, input: unknown): unknown => {
    const current = middleware[index]
    return current === undefined ? innermost(input) : runOne(current, input, (data) => runFrom(index + 1, data))
  }
  const runOne = async (current: Handler, input: unknown, rest: Run): Promise<unknown> => {
    let inner: Promise<unknown> | undefined
    const next = (data?: unknown): Promise<unknown> => {
      if (inner) throw new Error('middleware called next() twice')
      inner = (async () => normalise(await rest(data === undefined ? input : data)))()
      return inner
    }
    const result = await current(input, context, next)
    // Forgetting `return` before `next()` must not turn every response into an empty one.
    return result === undefined && inner ? inner : result
  }
  return (input) => runFrom(0, input)
}
