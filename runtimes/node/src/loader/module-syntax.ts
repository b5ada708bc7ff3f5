import { compileFunction } from 'node:vm'

export type ModuleKind = 'module' | 'commonjs'

const CANDIDATE = /\b(import|export|await)\b/
const WRAPPER = ['exports', 'require', 'module', '__filename', '__dirname']

/** V8's complaints about code that is an ES module and was compiled as CommonJS; Node decides by the same list. */
const MODULE_ONLY = [
  'Cannot use import statement outside a module',
  "Unexpected token 'export'",
  "Cannot use 'import.meta' outside a module",
  'await is only valid in async functions and the top level bodies of modules',
  ...WRAPPER.map((name) => `Identifier '${name}' has already been declared`),
]

/** A file with the syntax of ES modules is one; everything else is CommonJS. `code` is JavaScript. */
export function moduleKind(code: string): ModuleKind {
  if (!CANDIDATE.test(code)) return 'commonjs'
  try {
    compileFunction(code, WRAPPER)
    return 'commonjs'
  } catch (error) {
    const message = (error as Error).message
    return MODULE_ONLY.some((text) => message.includes(text)) || /^\s*(import|export)\b/m.test(code) ? 'module' : 'commonjs'
  }
}
