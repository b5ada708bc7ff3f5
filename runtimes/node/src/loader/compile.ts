/**
 * Project source to code that Node runs. TypeScript goes through oxc; JavaScript is taken as it is, unless it is an ES module
 * that uses names of CommonJS.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { OxcError, TransformOptions, TransformResult } from 'oxc-transform'
import type { CompileCache } from './compile-cache.js'
import { needsTransform } from './files.js'
import { type Oxc, loadOxc } from './oxc.js'
import { type ModuleKind, moduleKind } from './module-syntax.js'
import { HELPERS_PRELUDE } from './transform-helpers.js'
import { settingsFor } from './tsconfig.js'
import { readNamesFromNamespace } from './named-imports.js'
import { exportTypeNames } from './type-exports.js'

export interface Compiled {
  kind: ModuleKind
  code: string
}

/** Changes whenever the same source would be compiled to something else. */
const REVISION = '1'
const TARGET = `node${process.versions.node.split('.')[0]}`

const COMMONJS_NAMES = /\b(?:require|module|exports|__dirname|__filename)\b/

/** Stands in for the CommonJS names in ES modules. oxc replaces only those the file does not declare itself. */
const DEFINE = {
  __dirname: 'import.meta.dirname',
  __filename: 'import.meta.filename',
  require: 'import.meta.require',
  module: 'import.meta.module',
  exports: 'import.meta.module.exports',
}

let transformSync: Oxc['transformSync'] | undefined

/** oxc is loaded with the first file that needs it: a project of cached or plain files goes without. */
function oxc(): Oxc['transformSync'] {
  transformSync ??= loadOxc().transformSync
  return transformSync
}

export function compileFile(path: string, cache: CompileCache | undefined): Compiled {
  const source = readFileSync(path, 'utf8')
  if (!needsTransform(path)) {
    const kind = moduleKind(source)
    if (kind === 'commonjs' || !COMMONJS_NAMES.test(source)) return { kind, code: source }
  }
  const compiled = compileCached(path, source, cache)
  // Not cached: it depends on what the imported files are.
  return compiled.kind === 'module' && needsTransform(path)
    ? { kind: 'module', code: readNamesFromNamespace(compiled.code, path) }
    : compiled
}

function compileCached(path: string, source: string, cache: CompileCache | undefined): Compiled {
  const key =
    cache &&
    createHash('sha1')
      .update(`${REVISION}\0${TARGET}\0${path}\0${JSON.stringify(settingsFor(dirname(path)))}\0${source}`)
      .digest('hex')
  const known = key && cache.read(key)
  if (known) return known
  const compiled = needsTransform(path) ? compileTypeScript(path, source) : compileJavaScript(path, source)
  if (key) cache.write(key, compiled)
  return compiled
}

/** An ES module in plain JavaScript that uses CommonJS names. What oxc cannot read is left for V8 to complain about. */
function compileJavaScript(path: string, source: string): Compiled {
  const result = oxc()(path, source, { sourceType: 'module', sourcemap: true, target: TARGET, define: DEFINE })
  return { kind: 'module', code: result.errors.length > 0 ? source : asModule(path, result) }
}

function compileTypeScript(path: string, source: string): Compiled {
  const options = transformOptions(path)
  let result = transform(path, source, options)
  let code = withoutEmptyExport(result.code)
  const kind = moduleKind(code)
  if (kind === 'commonjs') return { kind, code: withSourceMap(path, prelude(result), code, result) }
  if (COMMONJS_NAMES.test(code)) result = transform(path, source, { ...options, define: DEFINE })
  return { kind, code: asModule(path, { ...result, code: exportTypeNames(source, result.code) }) }
}

function transformOptions(path: string): TransformOptions {
  const settings = settingsFor(dirname(path))
  return {
    lang: /x$/.test(path) ? 'tsx' : 'ts',
    sourcemap: true,
    target: TARGET,
    helpers: { mode: 'External' as never },
    jsx: { importSource: settings.jsxImportSource },
    decorator: { legacy: settings.legacyDecorators, emitDecoratorMetadata: settings.decoratorMetadata },
    typescript: { removeClassFieldsWithoutInitializer: settings.dropsBareFields },
  }
}

function transform(path: string, source: string, options: TransformOptions): TransformResult {
  const result = oxc()(path, source, options)
  const error = result.errors.find((one) => one.severity === ('Error' as never))
  if (error && !isTolerable(error)) throw syntaxError(path, source, error)
  return result
}

// CommonJS files may return early.
function isTolerable(error: OxcError): boolean {
  return error.message.includes("'return' statement can only be used within a function body")
}

/** V8 does not say where in a plain JavaScript file it gave up; oxc does. */
export function findSyntaxError(path: string): SyntaxError | undefined {
  const source = readFileSync(path, 'utf8')
  const { errors } = oxc()(path, source, { sourceType: 'unambiguous' })
  const error = errors.find((one) => one.severity === ('Error' as never) && !isTolerable(one))
  if (error) return syntaxError(path, source, error)
  const decorator = /^[ \t]*(?:export\s+(?:default\s+)?)?(@[\w$]+)/m.exec(source)
  if (decorator === null || !needsTransform(path) || settingsFor(dirname(path)).legacyDecorators) return undefined
  const line = source.slice(0, decorator.index).split('\n').length
  return new SyntaxError(`Decorators need "experimentalDecorators": true in tsconfig.json (${path}:${line}:1)`)
}

/** The position is part of the message: on its way out of a hooks thread an error keeps nothing else. */
function syntaxError(path: string, source: string, error: OxcError): SyntaxError {
  const before = source.slice(0, error.labels[0]?.start ?? 0).split('\n')
  return new SyntaxError(`${error.message} (${path}:${before.length}:${before.at(-1)!.length + 1})`)
}

/**
 * TypeScript leaves `export {}` behind when all imports were types. A file that goes on with `module.exports` or used
 * `import x = require()` is CommonJS all the same.
 */
function withoutEmptyExport(code: string): string {
  if (!/\nexport \{\};\s*$/.test(code) || !/\b(?:module\.exports|exports\.\w+|require\()/.test(code)) return code
  return code.replace(/\nexport \{\};\s*$/, '\n')
}

function asModule(path: string, result: TransformResult): string {
  let code = result.code
  let before = prelude(result)
  if (code.includes('import.meta.require'))
    before += 'import.meta.require=process.getBuiltinModule("module").createRequire(import.meta.url);'
  if (code.includes('import.meta.module')) {
    before += 'import.meta.module={exports:{}};'
    if (!/^export default\b/m.test(code)) code += '\nexport default import.meta.module.exports;'
  }
  return withSourceMap(path, before, code, result)
}

function prelude(result: TransformResult): string {
  return Object.keys(result.helpersUsed).length > 0 ? HELPERS_PRELUDE : ''
}

/** `before` becomes a line of its own, which the map skips. */
function withSourceMap(path: string, before: string, code: string, result: TransformResult): string {
  if (!result.map) return before === '' ? code : `${before}\n${code}`
  const mappings = before === '' ? result.map.mappings : `;${result.map.mappings}`
  const map = JSON.stringify({ version: 3, sources: [pathToFileURL(path).href], names: result.map.names, mappings })
  const comment = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`
  return `${before === '' ? '' : `${before}\n`}${code}\n${comment}\n`
}
