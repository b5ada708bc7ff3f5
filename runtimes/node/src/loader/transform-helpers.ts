/** Functions that transformed code calls: legacy decorators, `using` on Node versions without it, named imports of CommonJS. */
const HELPERS = Symbol.for('motia.loader.helpers')

export const HELPERS_PRELUDE = 'const babelHelpers=globalThis[Symbol.for("motia.loader.helpers")];'

type Decorator = (target: any, key?: any, descriptor?: any) => any

/** Applies legacy decorators, last first, to a class, a member or (without a descriptor) a property. */
function decorate(decorators: Decorator[], target: any, key?: PropertyKey, descriptor?: PropertyDescriptor | null): any {
  const isMember = key !== undefined
  let result: any = !isMember ? target : descriptor === null ? Object.getOwnPropertyDescriptor(target, key) : descriptor
  for (const decorator of [...decorators].reverse()) {
    const changed = !isMember ? decorator(result) : result === undefined ? decorator(target, key) : decorator(target, key, result)
    if (changed !== undefined) result = changed
  }
  if (isMember && result) Object.defineProperty(target, key, result)
  return result
}

function decorateParam(index: number, decorator: Decorator): Decorator {
  return (target, key) => decorator(target, key, index)
}

/** Needs `reflect-metadata`, as in TypeScript; without it, metadata is dropped. */
function decorateMetadata(key: string, value: unknown): Decorator {
  const metadata = (Reflect as { metadata?: (key: string, value: unknown) => Decorator }).metadata
  return typeof metadata === 'function' ? metadata(key, value) : () => undefined
}

interface Resource {
  value: any
  dispose: (() => unknown) | undefined
  isAsync: boolean
}

/** The scope of `using` declarations: `u` and `a` register resources, `d` disposes them, `e` is the error under way. */
function usingCtx() {
  const none = {}
  const resources: Resource[] = []
  const add = (isAsync: boolean, value: any): any => {
    if (value === null || value === undefined) {
      if (isAsync) resources.push({ value, dispose: undefined, isAsync })
      return value
    }
    const dispose = (isAsync ? value[asyncDispose] : undefined) ?? value[syncDispose]
    if (typeof dispose !== 'function') throw new TypeError('Property [Symbol.dispose] is not a function.')
    resources.push({ value, dispose, isAsync })
    return value
  }
  const scope = {
    e: none as unknown,
    u: (value: any) => add(false, value),
    a: (value: any) => add(true, value),
    d(): any {
      const finish = () => {
        if (scope.e !== none) throw scope.e
      }
      const failed = (error: unknown) => {
        scope.e = scope.e === none ? error : suppressed(error, scope.e)
      }
      const next = (): any => {
        for (let resource = resources.pop(); resource; resource = resources.pop()) {
          try {
            const result = resource.dispose?.call(resource.value)
            if (resource.isAsync) return Promise.resolve(result).then(next, (error) => (failed(error), next()))
          } catch (error) {
            failed(error)
          }
        }
        return finish()
      }
      return next()
    },
  }
  return scope
}

const syncDispose = (Symbol as any).dispose ?? Symbol.for('Symbol.dispose')
const asyncDispose = (Symbol as any).asyncDispose ?? Symbol.for('Symbol.asyncDispose')

function suppressed(error: unknown, earlier: unknown): Error {
  return Object.assign(new Error('An error was suppressed during disposal.'), {
    name: 'SuppressedError',
    error,
    suppressed: earlier,
  })
}

/** An object to read `names` from: the namespace of an import, helped out by the `module.exports` behind it. */
function named(namespace: any, names: string[]): any {
  if (names.every((name) => name in namespace)) return namespace
  return Object.fromEntries(names.map((name) => [name, name in namespace ? namespace[name] : namespace.default?.[name]]))
}

export function installTransformHelpers(): void {
  ;(globalThis as any)[HELPERS] = { decorate, decorateParam, decorateMetadata, usingCtx, named }
}
