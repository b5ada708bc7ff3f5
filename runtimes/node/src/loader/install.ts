/**
 * Makes `import` and `require` understand project code. Where Node has hooks in the main thread they serve both; before,
 * `import` is served from a hooks thread and `require` by replacing CommonJS's extension points.
 */
import * as nodeModule from 'node:module'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { patchExtensions, patchResolve, serveRuntimeToRequire } from './commonjs.js'
import { CompileCache } from './compile-cache.js'
import { loadImport, resolveImport, resolveLikeRequire } from './es-modules.js'
import { ImportGraph } from './import-graph.js'
import type { ThreadReport } from './hooks-thread.js'
import { installRequiredModules } from './required-module.js'
import { preloadRuntimeModules } from './runtime-specifiers.js'
import { installTransformHelpers } from './transform-helpers.js'

export interface Loader {
  /** Project files that `file` needed so far, directly or not; absolute. */
  importsOf(file: string): string[]
}

interface SyncHooks {
  registerHooks?(hooks: {
    resolve(specifier: string, context: any, next: (specifier: string, context?: any) => any): any
    load(url: string, context: any, next: (url: string, context?: any) => any): any
  }): void
}

export async function installLoader(cacheDirectory: string | undefined): Promise<Loader> {
  installTransformHelpers()
  showAuthorsLines()
  await preloadRuntimeModules()
  serveRuntimeToRequire()
  const graph = new ImportGraph()
  const { registerHooks } = nodeModule as SyncHooks
  if (registerHooks) {
    hookMainThread(registerHooks, cacheDirectory, graph)
    return { importsOf: (file) => graph.closure(file) }
  }
  return hookOwnThread(cacheDirectory, graph)
}

function hookMainThread(
  registerHooks: NonNullable<SyncHooks['registerHooks']>,
  cacheDirectory: string | undefined,
  graph: ImportGraph,
): void {
  const cache = cacheDirectory === undefined ? undefined : new CompileCache(cacheDirectory)
  patchExtensions(cache, () => true)
  const onImport = graph.add.bind(graph)
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = resolveImport(specifier, context, onImport)
      if (resolved) return resolved
      try {
        return next(specifier, context)
      } catch (error) {
        return resolveLikeRequire(specifier, context.parentURL, error)
      }
    },
    load: (url, context, next) => loadImport(url, cache) ?? next(url, context),
  })
}

function hookOwnThread(cacheDirectory: string | undefined, graph: ImportGraph): Loader {
  const { port1: port, port2 } = new MessageChannel()
  port.unref()
  const imported = new Set<string>()
  // The hooks thread reports before Node here goes on with the module, so whatever matters has arrived.
  const readReports = (): void => {
    for (let report = receiveMessageOnPort(port); report; report = receiveMessageOnPort(port)) {
      const { parent, file, loaded } = report.message as ThreadReport
      if (loaded) imported.add(loaded)
      else graph.add(parent!, file!)
    }
  }
  const wasImported = (file: string): boolean => (readReports(), imported.has(file))
  installRequiredModules()
  nodeModule.register('./hooks-thread.js', {
    parentURL: import.meta.url,
    data: { cacheDirectory, port: port2 },
    transferList: [port2],
  })
  patchResolve(graph.add.bind(graph))
  patchExtensions(cacheDirectory === undefined ? undefined : new CompileCache(cacheDirectory), wasImported)
  return { importsOf: (file) => (readReports(), graph.closure(file)) }
}

/** Stacks name the author's TypeScript lines. Maps of installed packages are left alone where Node allows: they cost time. */
function showAuthorsLines(): void {
  const support = (nodeModule as { setSourceMapsSupport?: (enabled: boolean, options: object) => void }).setSourceMapsSupport
  if (support) support(true, { nodeModules: false, generatedCode: false })
  else process.setSourceMapsEnabled(true)
}
