/** Runs in Node's hooks thread (`module.register`), on versions without hooks in the main thread. */
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { MessagePort } from 'node:worker_threads'
import { CompileCache } from './compile-cache.js'
import { type ImportContext, loadImport, resolveImport, resolveLikeRequire } from './es-modules.js'

/** To the main thread: an import that was resolved, or an ES module that was loaded. */
export interface ThreadReport {
  parent?: string
  file?: string
  loaded?: string
}

let cache: CompileCache | undefined
let port: MessagePort

export const initialize: InitializeHook<{ cacheDirectory?: string; port: MessagePort }> = (data) => {
  cache = data.cacheDirectory === undefined ? undefined : new CompileCache(data.cacheDirectory)
  port = data.port
}

function report(message: ThreadReport): void {
  port.postMessage(message)
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = resolveImport(specifier, context as ImportContext, (parent, file) => report({ parent, file }))
  if (resolved) return resolved
  try {
    return await next(specifier, context)
  } catch (error) {
    return resolveLikeRequire(specifier, context.parentURL, error)
  }
}

export const load: LoadHook = async (url, context, next) => {
  const loaded = loadImport(url, cache)
  if (loaded === undefined) return next(url, context)
  if (loaded.format === 'module') report({ loaded: fileURLToPath(url) })
  // Without a source, Node loads CommonJS in the main thread, with its full `require`, which is patched to know this loader.
  return loaded.format === 'commonjs' ? { ...loaded, source: null as never } : loaded
}
