import { type Layer, middlewareOf } from './layers.js'
import { PathPattern, type PathSpec } from './path-pattern.js'

/** What the config's `app(app)` registers routes and middleware with (MW-11): the part of an Express application that routes. */
export class HookApp {
  readonly layers: Layer[] = []
  readonly locals: Record<string, any> = {}
  readonly #settings = new Map<string, unknown>()

  use(...args: unknown[]): this {
    const isPath = isPathSpec(args[0])
    const pattern = isPath && args[0] !== '/' ? new PathPattern(args[0] as PathSpec, true) : undefined
    for (const run of middlewareOf(isPath ? args.slice(1) : args, 'app.use')) this.layers.push({ run, pattern, mounted: true })
    return this
  }

  /** With one name only, a setting. */
  get(path: PathSpec, ...handlers: unknown[]): any {
    return handlers.length === 0 && typeof path === 'string' ? this.#settings.get(path) : this.#route('GET', path, handlers)
  }
  post(path: PathSpec, ...handlers: unknown[]): this {
    return this.#route('POST', path, handlers)
  }
  put(path: PathSpec, ...handlers: unknown[]): this {
    return this.#route('PUT', path, handlers)
  }
  patch(path: PathSpec, ...handlers: unknown[]): this {
    return this.#route('PATCH', path, handlers)
  }
  delete(path: PathSpec, ...handlers: unknown[]): this {
    return this.#route('DELETE', path, handlers)
  }
  options(path: PathSpec, ...handlers: unknown[]): this {
    return this.#route('OPTIONS', path, handlers)
  }
  head(path: PathSpec, ...handlers: unknown[]): this {
    return this.#route('HEAD', path, handlers)
  }
  all(path: PathSpec, ...handlers: unknown[]): this {
    return this.#route(undefined, path, handlers)
  }

  /** Settings are kept for those who read them; nothing here depends on one. */
  set(name: string, value: unknown): this {
    this.#settings.set(name, value)
    return this
  }
  enable(name: string): this {
    return this.set(name, true)
  }
  disable(name: string): this {
    return this.set(name, false)
  }
  enabled(name: string): boolean {
    return Boolean(this.#settings.get(name))
  }
  disabled(name: string): boolean {
    return !this.enabled(name)
  }

  #route(method: string | undefined, path: PathSpec, handlers: unknown[]): this {
    const name = `app.${method?.toLowerCase() ?? 'all'}`
    if (!isPathSpec(path)) throw new TypeError(`${name}: the first argument is the path`)
    const route = {}
    const pattern = new PathPattern(path, false)
    const functions = middlewareOf(handlers, `${name}(${String(path)})`)
    if (functions.length === 0) throw new TypeError(`${name}(${String(path)}) has no function to run`)
    for (const run of functions) this.layers.push({ run, pattern, method, route })
    return this
  }
}

function isPathSpec(value: unknown): value is PathSpec {
  return (
    typeof value === 'string' || value instanceof RegExp || (Array.isArray(value) && value.length > 0 && value.every(isPathSpec))
  )
}
