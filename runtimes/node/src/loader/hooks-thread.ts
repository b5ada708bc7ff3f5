/** Runs in Node's hooks thread (`module.register`), on versions without hooks in the main thread. */
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module'
import type { MessagePort } from 'node:worker_threads'
import { CompileCache } from './compile-cache.js'
import { loadImport, resolveImport, resolveLikeRequire } from './es-modules.js'

let cache: CompileCache | undefined
let port: MessagePort

export const initialize: InitializeHook<{ cacheDirectory?: string; port: MessagePort }> = (data) => {
  cache = data.cacheDirectory === undefined ? undefined : new CompileCache(data.cacheDirectory)
  port = data.port
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = resolveImport(specifier, context.parentURL, (parent, file) => port.postMessage([parent, file]))
  if (resolved) return resolved
  try {
    return await next(specifier, context)
  } catch (error) {
    return resolveLikeRequire(specifier, context.parentURL, error)
  }
}

export const load: LoadHook = async (url, context, next) => {
  const loaded = loadImport(url, context.importAttributes as Record<string, string>, cache)
  if (loaded === undefined) return next(url, context)
  // Without a source, Node loads CommonJS in the main thread, with its full `require`, which is patched to know this loader.
  return loaded.format === 'commonjs' ? { ...loaded, source: null as never } : loaded
}
