/** The extension points of CommonJS, replaced as far as Node's hooks leave `require` alone. */
import Module, { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { CompileCache } from './compile-cache.js'
import { compileFile } from './compile.js'
import { isForeign } from './files.js'
import type { OnImport } from './es-modules.js'
import { asCommonJs } from './required-module.js'
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

/** `require` finds what `import` would find. Only where Node's hooks do not see to that. */
export function patchResolve(onImport: OnImport): void {
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

/**
 * `require` compiles what `import` would compile. `nativeRequire` tells whether Node's own `require` may have an ES module: it
 * must know all hooks, or the file must have been imported already, so that both ways give the same instance.
 *
 * Where hooks do reach `require`, this is still needed: Node 24 takes a CommonJS file that was first imported for an ES module
 * when package.json says `"type": "module"`, whatever the hook said.
 */
export function patchExtensions(cache: CompileCache | undefined, nativeRequire: (file: string) => boolean): void {
  const original = createRequire(import.meta.url).extensions['.js'] as (module: any, filename: string) => void
  const compile = (module: any, filename: string): void => {
    const { kind, code } = compileFile(filename, cache)
    if (kind === 'commonjs') module._compile(code, filename, 'commonjs')
    else if (nativeRequire(filename)) module._compile(code, filename, 'module')
    else module._compile(asCommonJs(filename, code), filename)
  }
  for (const extension of ['.ts', '.mts', '.cts', '.tsx', '.jsx', '.cjs']) internals._extensions[extension] = compile
  internals._extensions['.js'] = (module, filename) =>
    isForeign(filename) ? original(module, filename) : compile(module, filename)
}
