/**
 * The resolve and load steps for ES modules, used by both kinds of hooks that Node has: in the main thread (22.15 and later)
 * and in a thread of their own (before). They only differ in whether the steps that follow return promises.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type CompileCache } from './compile-cache.js'
import { compileFile } from './compile.js'
import { isRead } from './files.js'
import { resolveInProject } from './resolve.js'
import { runtimeModule } from './runtime-specifiers.js'

export type OnImport = (parent: string, file: string) => void

export interface Resolved {
  url: string
  shortCircuit: true
}

/** What Node tells its hooks about an import, as far as it matters here. */
export interface ImportContext {
  parentURL?: string
  conditions: string[]
  importAttributes?: Record<string, string | undefined>
}

/** Marks JSON imported without attributes: Node would refuse that, and must not mix it up with JSON imported by its rules. */
const JSON_MODULE = '?module'

/** The URL for an import of project code; undefined when Node decides. */
export function resolveImport(
  specifier: string,
  { parentURL: parentUrl, conditions, importAttributes }: ImportContext,
  onImport: OnImport,
): Resolved | undefined {
  const runtime = runtimeModule(specifier)
  if (runtime !== undefined) return { url: runtime, shortCircuit: true }
  if (!parentUrl?.startsWith('file:')) return undefined
  const parent = fileURLToPath(parentUrl)
  const file = resolveInProject(specifier, parent)
  if (file === undefined) return undefined
  onImport(parent, file)
  const isModule = file.endsWith('.json') && conditions.includes('import') && importAttributes?.type === undefined
  return { url: pathToFileURL(file).href + (isModule ? JSON_MODULE : ''), shortCircuit: true }
}

/** Node asks ES modules for the extension in `package/sub/path`; CommonJS, and so many TypeScript files, do without. */
export function resolveLikeRequire(specifier: string, parentUrl: string | undefined, error: unknown): Resolved {
  const code = (error as { code?: string }).code
  if ((code !== 'ERR_MODULE_NOT_FOUND' && code !== 'ERR_UNSUPPORTED_DIR_IMPORT') || !parentUrl?.startsWith('file:')) throw error
  try {
    return { url: pathToFileURL(createRequire(parentUrl).resolve(specifier)).href, shortCircuit: true }
  } catch {
    throw error
  }
}

export interface Loaded {
  format: 'module' | 'commonjs'
  source: string
  shortCircuit: true
}

/** Code for a project file; undefined when Node loads it. */
export function loadImport(url: string, cache: CompileCache | undefined): Loaded | undefined {
  if (!url.startsWith('file:')) return undefined
  const path = fileURLToPath(url)
  if (url.endsWith(`.json${JSON_MODULE}`)) return { format: 'module', source: jsonModule(path), shortCircuit: true }
  if (!isRead(path)) return undefined
  const { kind, code } = compileFile(path, cache)
  return { format: kind, source: code, shortCircuit: true }
}

/** JSON imported without attributes: a default export, and one per key that can be a name. */
function jsonModule(path: string): string {
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  const value = JSON.parse(text)
  const names = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
  const named = names.filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && !RESERVED.has(name))
  return [
    `const json = JSON.parse(${JSON.stringify(text)});`,
    'export default json;',
    ...named.map((name, index) => `const v${index} = json.${name}; export { v${index} as ${name} };`),
  ].join('\n')
}

// `default` is taken; all other reserved words may be exported under their names.
const RESERVED = new Set(['default'])
