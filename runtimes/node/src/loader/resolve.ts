/** Where imports of project code lead, before Node's own rules get their say. Knows nothing of ES modules or CommonJS. */
import { realpathSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFile, isForeign } from './files.js'
import { mappedPaths, settingsFor } from './tsconfig.js'

const BUILTIN = new Set(builtinModules)

/** The project file that `specifier` means in the file `parent`, or undefined when Node's own rules decide. */
export function resolveInProject(specifier: string, parent: string): string | undefined {
  if (isForeign(parent)) return undefined
  const path = asPath(specifier, parent)
  const found = path === undefined ? resolveMapped(specifier, parent) : findFile(path)
  return found === undefined ? undefined : realpathSync.native(found)
}

function asPath(specifier: string, parent: string): string | undefined {
  if (/^\.\.?(\/|$)/.test(specifier)) return resolve(dirname(parent), specifier)
  if (specifier.startsWith('file:')) return fileURLToPath(specifier)
  return isAbsolute(specifier) ? specifier : undefined
}

function resolveMapped(specifier: string, parent: string): string | undefined {
  if (/^(node|data|https?):/.test(specifier) || BUILTIN.has(specifier)) return undefined
  for (const path of mappedPaths(settingsFor(dirname(parent)), specifier)) {
    const file = findFile(path)
    if (file !== undefined) return file
  }
  return undefined
}
