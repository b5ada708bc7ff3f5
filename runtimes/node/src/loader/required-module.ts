/**
 * An ES module as CommonJS, for `require` on Node versions whose `require` of ES modules knows no hooks. oxc's module-runner
 * transform turns imports and exports into plain accesses; here they are answered by `require`.
 */
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isModuleNamespaceObject } from 'node:util/types'
import { loadOxc } from './oxc.js'

const SCOPE = Symbol.for('motia.loader.required-modules')

/** `code` is JavaScript in ES module syntax, without top-level await. */
export function asCommonJs(path: string, code: string): string {
  const result = loadOxc().moduleRunnerTransformSync(path, code.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n'))
  if (result.errors.length > 0) throw new SyntaxError(`${result.errors[0]!.message} (${path})`)
  const scope = [
    'const __vite_ssr_exports__=Object.defineProperty(exports,"__esModule",{value:true})',
    `{load:__vite_ssr_import__,meta:__vite_ssr_import_meta__,exportAll:__vite_ssr_exportAll__}=globalThis[Symbol.for(${JSON.stringify(SCOPE.description)})](require,exports,__filename)`,
    '__vite_ssr_dynamic_import__=(specifier,options)=>import(specifier,options)',
  ]
  return `${scope.join(',')};\n${result.code.replaceAll('await __vite_ssr_import__(', '__vite_ssr_import__(')}`
}

/** What the transformed code of one file calls. */
function scopeOf(require: NodeRequire, exports: any, filename: string) {
  return {
    load: (specifier: string) => namespaceOf(require(specifier)),
    meta: {
      url: pathToFileURL(filename).href,
      filename,
      dirname: dirname(filename),
      resolve: (specifier: string) => pathToFileURL(require.resolve(specifier)).href,
    },
    exportAll(source: any): void {
      for (const name of Object.keys(source)) {
        if (name !== 'default' && !Object.hasOwn(exports, name))
          Object.defineProperty(exports, name, { enumerable: true, configurable: true, get: () => source[name] })
      }
    },
  }
}

/** What an import of CommonJS sees: its exports by name, and all of them as `default`. */
function namespaceOf(exports: any): any {
  if (isModuleNamespaceObject(exports) || exports?.__esModule === true) return exports
  const target = typeof exports === 'object' || typeof exports === 'function' ? exports : {}
  return new Proxy(target ?? {}, { get: (from, name) => (name === 'default' ? exports : Reflect.get(from, name)) })
}

export function installRequiredModules(): void {
  ;(globalThis as any)[SCOPE] = scopeOf
}
