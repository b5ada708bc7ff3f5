/**
 * Named imports of CommonJS. Node finds the names of a CommonJS module by a quick look at its text and refuses the rest
 * ("Named export 'debounce' not found"); TypeScript authors are used to all names working. So TypeScript's named imports
 * become reads of the namespace, which falls back to `module.exports`.
 */
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { isRead, needsTransform } from './files.js'
import { moduleKind } from './module-syntax.js'
import { resolveInProject } from './resolve.js'
import { runtimeModule } from './runtime-specifiers.js'

const IMPORT = /^import (?:([\w$]+), )?\{ ([^}"']+) \} from "([^"]+)";$/

/** Only these may stand between imports at the top of a file: further down, a line may be the text of a template. */
const LEADING = /^(?:const babelHelpers=.*;|import\b.*;|export\b.* from ".*";|\/\/.*|\/\*.*\*\/|"use strict";|)$/

/** `code` is what oxc wrote for the file `path`, one statement per line. The result has the same lines. */
export function readNamesFromNamespace(code: string, path: string): string {
  const lines = code.split('\n')
  let changed = false
  for (let index = 0; index < lines.length && LEADING.test(lines[index]!); index++) {
    const match = IMPORT.exec(lines[index]!)
    if (match === null || !mayBeCommonJs(match[3]!, path)) continue
    lines[index] = namespaceImport(match[1], match[2]!, match[3]!, `__motia_import_${index}`)
    changed = true
  }
  return changed ? lines.join('\n') : code
}

function namespaceImport(defaultName: string | undefined, list: string, specifier: string, namespace: string): string {
  const names = list.split(', ').map((item) => item.split(' as ') as [string, string?])
  const pattern = names.map(([name, local]) => (local === undefined ? name : `${name}: ${local}`)).join(', ')
  const wanted = JSON.stringify(names.map(([name]) => name))
  return `import ${defaultName ? `${defaultName}, ` : ''}* as ${namespace} from "${specifier}"; const { ${pattern} } = globalThis[Symbol.for("motia.loader.helpers")].named(${namespace}, ${wanted});`
}

/** Packages may be CommonJS for all one can see in an import; project files are looked at. */
function mayBeCommonJs(specifier: string, importer: string): boolean {
  if (runtimeModule(specifier) !== undefined || isBuiltin(specifier)) return false
  const file = resolveInProject(specifier, importer)
  if (file === undefined) return !/^[./]|^\w+:/.test(specifier)
  return isRead(file) && looksLikeCommonJs(file)
}

const judged = new Map<string, boolean>()

function looksLikeCommonJs(file: string): boolean {
  let verdict = judged.get(file)
  if (verdict === undefined) {
    const source = readFileSync(file, 'utf8')
    verdict = needsTransform(file)
      ? /^\s*export\s*=|\b(?:module\.exports|exports\.[\w$]+)\s*=/m.test(source)
      : moduleKind(source) === 'commonjs'
    judged.set(file, verdict)
  }
  return verdict
}
