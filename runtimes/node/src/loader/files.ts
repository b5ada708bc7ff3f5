/** Finding the file that an import in project code means (PRJ-16). */
import { statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Tried in this order when an import leaves its extension out. */
const EXTENSIONS = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json']

/** TypeScript authors name the file that a compiler would have written. */
const WRITTEN_FROM: Record<string, string[]> = {
  '.js': ['.ts', '.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
  '.jsx': ['.tsx'],
}

/** The file for `path`: itself, with another extension, or the index of a directory. */
export function findFile(path: string): string | undefined {
  const kind = kindOf(path)
  if (kind === 'file') return path
  return fromCompiledName(path) ?? withExtension(path) ?? (kind === 'directory' ? withExtension(join(path, 'index')) : undefined)
}

function fromCompiledName(path: string): string | undefined {
  const extension = extname(path)
  const stem = path.slice(0, path.length - extension.length)
  return WRITTEN_FROM[extension]?.map((other) => stem + other).find(isFile)
}

function withExtension(path: string): string | undefined {
  return EXTENSIONS.map((extension) => path + extension).find(isFile)
}

function isFile(path: string): boolean {
  return kindOf(path) === 'file'
}

function kindOf(path: string): 'file' | 'directory' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isFile() ? 'file' : stats?.isDirectory() ? 'directory' : undefined
}

const TRANSFORMED = new Set(['.ts', '.mts', '.cts', '.tsx', '.jsx'])
const CHECKED = new Set(['.js', '.mjs', '.cjs'])

const RUNTIME = fileURLToPath(new URL('..', import.meta.url))

/** Files in installed packages, and this runtime's own: Node's rules hold for what they import. */
export function isForeign(path: string): boolean {
  return /[\\/]node_modules[\\/]/.test(path) || path.startsWith(RUNTIME)
}

/** Files this loader reads itself: TypeScript anywhere, JavaScript of the project. */
export function isRead(path: string): boolean {
  const extension = extname(path)
  return TRANSFORMED.has(extension) || (CHECKED.has(extension) && !isForeign(path))
}

export function needsTransform(path: string): boolean {
  return TRANSFORMED.has(extname(path))
}
