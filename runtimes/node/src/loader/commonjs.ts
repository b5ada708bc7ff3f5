/** What `require` needs: always our own modules, and everything else where Node's hooks do not reach `require`. */
import Module, { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { CompileCache } from './compile-cache.js'
import { compileFile } from './compile.js'
import { isForeign } from './files.js'
import type { OnImport } from './es-modules.js'
import { resolveInProject } from './resolve.js'
import { requiredRuntimeModule, runtimeModule } from './runtime-specifiers.js'

interface Internals {
  _resolveFilename(request: string, parent: { filename?: string } | undefined, ...rest: unknown[]): string
  _load(request: string, parent: unknown, ...rest: unknown[]): unknown
  _extensions: Record<string, (module: any, filename: string) => void>
}

const internals = Module as unknown as Internals

/** `require('motia')` gives the instance that `import` gives. */
export function serveRuntimeToRequire(): void {
  const load = internals._load
  internals._load = function (request, ...rest) {
    return requiredRuntimeModule(request) ?? load.call(this, request, ...rest)
  }
}

export function patchCommonJs(cache: CompileCache | undefined, onImport: OnImport): void {
  patchResolve(onImport)
  patchExtensions(cache)
}

function patchResolve(onImport: OnImport): void {
  const resolveFilename = internals._resolveFilename
  internals._resolveFilename = function (request, parent, ...rest) {
    const runtime = runtimeModule(request)
    if (runtime !== undefined) return fileURLToPath(runtime)
    const file = parent?.filename ? resolveInProject(request, parent.filename) : undefined
    if (file === undefined) return resolveFilename.call(this, request, parent, ...rest)
    onImport(parent!.filename!, file)
    return file
  }
}

function patchExtensions(cache: CompileCache | undefined): void {
  const original = createRequire(import.meta.url).extensions['.js'] as (module: any, filename: string) => void
  const compile = (module: any, filename: string): void => {
    const { kind, code } = compileFile(filename, cache)
    module._compile(code, filename, kind === 'module' ? 'module' : undefined)
  }
  for (const extension of ['.ts', '.mts', '.cts', '.tsx', '.jsx', '.cjs']) internals._extensions[extension] = compile
  internals._extensions['.js'] = (module, filename) => (isForeign(filename) ? original(module, filename) : compile(module, filename))
}
