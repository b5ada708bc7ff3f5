/** The stack of functions that a request goes through, and the way through it (MW-7, MW-11). */
import type { HookRequest } from './hook-request.js'
import type { HookResponse } from './hook-response.js'
import type { PathMatch, PathPattern } from './path-pattern.js'

export type Middleware = (...args: any[]) => unknown

export interface Layer {
  run: Middleware
  /** Undefined is every path. */
  pattern?: PathPattern
  /** Upper case; undefined is every method. */
  method?: string
  /** `app.use(path, …)`: the function sees what comes after the path. */
  mounted?: boolean
  /** The same for all functions of one `app.get(path, …)`: `next('route')` leaves them together. */
  route?: object
}

/** Middleware that failed when nobody could be told any more. */
export type OnLateFailure = (thrown: unknown) => void

/**
 * Resolves when the request has gone through all layers without an answer; rejects with the error that no error handler took.
 * Stays pending when a layer answers, or neither answers nor goes on.
 */
export function runLayers(
  layers: Layer[],
  request: HookRequest,
  response: HookResponse,
  onLateFailure: OnLateFailure,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const goOn = (from: number, error: unknown, leftRoute: object | undefined): void => {
      // An answered request has arrived; what still calls `next()` goes nowhere.
      if (response.headersSent) {
        if (error !== undefined) failAfterHead(error)
        return
      }
      for (let index = from; index < layers.length; index++) {
        const layer = layers[index]!
        if (layer.route !== undefined && layer.route === leftRoute) continue
        if (error === undefined ? layer.run.length > 3 : layer.run.length !== 4) continue
        let match: PathMatch | undefined
        try {
          match = matchOf(layer, request)
        } catch (thrown) {
          error ??= thrown
          continue
        }
        if (match) return runOne(layer, match, index, error)
      }
      if (error === undefined) resolve()
      else reject(error)
    }

    const runOne = (layer: Layer, match: PathMatch, index: number, error: unknown): void => {
      const leave = request.enter(match, layer.mounted === true)
      let left = false
      const next = (thrown?: unknown): void => {
        if (left) {
          if (isError(thrown)) onLateFailure(thrown)
          return
        }
        left = true
        leave()
        if (thrown === 'router') goOn(layers.length, undefined, undefined)
        else goOn(index + 1, isError(thrown) ? thrown : undefined, thrown === 'route' ? layer.route : undefined)
      }
      const fail = (thrown: unknown): void => {
        if (left) onLateFailure(thrown)
        else next(thrown || new Error(`middleware failed with ${String(thrown)}`))
      }
      try {
        const result: any = error === undefined ? layer.run(request, response, next) : layer.run(error, request, response, next)
        if (typeof result?.then === 'function') result.then(undefined, fail)
      } catch (thrown) {
        fail(thrown)
      }
    }

    const failAfterHead = (error: unknown): void => {
      if (response.writableEnded) onLateFailure(error)
      else response.destroy(error instanceof Error ? error : new Error(String(error)))
    }

    goOn(0, undefined, undefined)
  })
}

function isError(thrown: unknown): boolean {
  return Boolean(thrown) && thrown !== 'route'
}

const EVERYWHERE: PathMatch = { params: {}, path: '' }

function matchOf({ method, pattern, mounted }: Layer, request: HookRequest): PathMatch | undefined {
  // HEAD is served by what serves GET.
  if (method !== undefined && method !== request.method && !(method === 'GET' && request.method === 'HEAD')) return undefined
  if (pattern === undefined) return EVERYWHERE
  const match = pattern.match(request.path)
  // A regular expression may match in the middle; there is nothing to mount on then.
  return match && mounted && !request.path.startsWith(match.path) ? undefined : match
}

/** Flattens lists of middleware; what is no function is named by `where`. */
export function middlewareOf(values: unknown, where: string): Middleware[] {
  return [values].flat(Infinity as 1).map((value, index) => {
    if (typeof value !== 'function')
      throw new TypeError(`${where} got ${value === null ? 'null' : typeof value} as its function number ${index + 1}`)
    if (isApplication(value))
      throw new TypeError(`${where}: a whole Express application cannot be mounted; give its Router instead`)
    return value as Middleware
  })
}

/** It would replace what our request and response are made of. */
function isApplication(value: any): boolean {
  return typeof value.handle === 'function' && typeof value.engine === 'function'
}
