/**
 * The module names that always mean this runtime, whatever a project has installed or maps in its tsconfig (PRJ-13, PRJ-14).
 */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const AUTHOR = new URL('../author/index.js', import.meta.url).href
const WORKBENCH = new URL('../author/workbench.js', import.meta.url).href

const ADAPTERS = new URL('../author/adapters.js', import.meta.url).href
const PLUGIN = new URL('../author/plugin.js', import.meta.url).href
const TEST = new URL('../test/index.js', import.meta.url).href

const RUNTIME_SPECIFIERS = new Map([
  ['motia', AUTHOR],
  ['@motia/core', AUTHOR],
  ['@motiadev/core', AUTHOR],
  ['motia/workbench', WORKBENCH],
  ['motia/test', TEST],
  ['@motiadev/test', TEST],
])

/** The URL of the runtime module a specifier means, if it means one. */
export function runtimeModule(specifier: string): string | undefined {
  const known = RUNTIME_SPECIFIERS.get(specifier)
  if (known !== undefined || !specifier.startsWith('@motiadev/')) return known
  return specifier.startsWith('@motiadev/adapter-') ? ADAPTERS : specifier.startsWith('@motiadev/plugin-') ? PLUGIN : undefined
}

/** Where `require` finds the instances that `import` loaded: both ways must share one state. */
export const RUNTIME_MODULES = Symbol.for('motia.loader.modules')

/** Loads what the specifiers mean, for `require`, which cannot wait. */
export async function preloadRuntimeModules(): Promise<void> {
  const urls = [AUTHOR, WORKBENCH, ADAPTERS, PLUGIN]
  const modules = await Promise.all(urls.map((url) => import(url)))
  const required = modules.map((module) => module['module.exports'] ?? module)
  ;(globalThis as any)[RUNTIME_MODULES] = Object.fromEntries(urls.map((url, index) => [url, required[index]]))
}

export function requiredRuntimeModule(specifier: string): unknown {
  const url = runtimeModule(specifier)
  // Not loaded beforehand: tests use it, workers pay for nothing.
  if (url === TEST) return createRequire(import.meta.url)(fileURLToPath(TEST))
  return url && (globalThis as any)[RUNTIME_MODULES]?.[url]
}
