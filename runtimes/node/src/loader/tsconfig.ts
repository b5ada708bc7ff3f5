/** The few settings of tsconfig.json that change what code does or where imports lead. */
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'

export interface TsSettings {
  /** Absolute folder that bare imports are also looked for in. */
  baseUrl?: string
  /** Import patterns with absolute targets, longest prefix first. */
  paths: { prefix: string; suffix: string; exact: boolean; targets: string[] }[]
  legacyDecorators: boolean
  decoratorMetadata: boolean
  /** Fields without a value vanish, as TypeScript does for older targets. */
  dropsBareFields: boolean
  jsxImportSource?: string
}

interface RawOptions {
  baseUrl?: string
  paths?: Record<string, string[]>
  /** Folder the targets of `paths` are relative to. */
  pathsBase?: string
  experimentalDecorators?: boolean
  emitDecoratorMetadata?: boolean
  useDefineForClassFields?: boolean
  target?: string
  jsxImportSource?: string
}

const DEFAULTS: TsSettings = { paths: [], legacyDecorators: false, decoratorMetadata: false, dropsBareFields: false }
const byDirectory = new Map<string, TsSettings>()

/** Settings that hold for files in `directory`: those of the nearest tsconfig.json. */
export function settingsFor(directory: string): TsSettings {
  let settings = byDirectory.get(directory)
  if (settings === undefined) {
    settings = findSettings(directory)
    byDirectory.set(directory, settings)
  }
  return settings
}

function findSettings(directory: string): TsSettings {
  const file = join(directory, 'tsconfig.json')
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return normalise(readOptions(file, []))
  const parent = dirname(directory)
  return parent === directory ? DEFAULTS : settingsFor(parent)
}

/** Options of a config file over those it extends. A file that cannot be read says nothing: the compiler will complain. */
function readOptions(file: string, seen: string[]): RawOptions {
  if (seen.includes(file)) return {}
  const config = readJsonc(file)
  const directory = dirname(file)
  const options: RawOptions = {}
  const parents = config?.extends === undefined ? [] : [config.extends].flat()
  for (const parent of parents) {
    const parentFile = findParent(String(parent), directory)
    if (parentFile) Object.assign(options, readOptions(parentFile, [...seen, file]))
  }
  const own = config?.compilerOptions ?? {}
  Object.assign(options, own)
  if (typeof own.baseUrl === 'string') options.baseUrl = resolve(directory, own.baseUrl)
  if (own.paths !== undefined) options.pathsBase = directory
  return options
}

function findParent(name: string, directory: string): string | undefined {
  if (name.startsWith('.') || isAbsolute(name)) {
    const path = resolve(directory, name)
    return [path, `${path}.json`, join(path, 'tsconfig.json')].find((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
  }
  const require = createRequire(join(directory, 'tsconfig.json'))
  for (const candidate of [name, `${name}.json`, `${name}/tsconfig.json`]) {
    try {
      return require.resolve(candidate)
    } catch {
      // Next spelling.
    }
  }
  return undefined
}

function normalise(options: RawOptions): TsSettings {
  const base = options.baseUrl ?? options.pathsBase ?? ''
  const paths = Object.entries(options.paths ?? {}).map(([pattern, targets]) => {
    const star = pattern.indexOf('*')
    const exact = star === -1
    return {
      prefix: exact ? pattern : pattern.slice(0, star),
      suffix: exact ? '' : pattern.slice(star + 1),
      exact,
      targets: targets.map((target) => resolve(base, target)),
    }
  })
  paths.sort((a, b) => Number(b.exact) - Number(a.exact) || b.prefix.length - a.prefix.length)
  const legacyDecorators = options.experimentalDecorators === true
  return {
    baseUrl: options.baseUrl,
    paths,
    legacyDecorators,
    decoratorMetadata: legacyDecorators && options.emitDecoratorMetadata === true,
    dropsBareFields:
      options.useDefineForClassFields === false || (options.useDefineForClassFields === undefined && isOldTarget(options.target)),
    jsxImportSource: options.jsxImportSource,
  }
}

// Without a target there is no old-field rule to honour: these projects are run by modern tools.
function isOldTarget(target: string | undefined): boolean {
  const year = /^es(\d{4})$/i.exec(target ?? '')
  return year ? Number(year[1]) < 2022 : /^es[356]$/i.test(target ?? '')
}

/** Files that `specifier` may mean by `paths` and `baseUrl`, in order. */
export function mappedPaths(settings: TsSettings, specifier: string): string[] {
  const found: string[] = []
  for (const { prefix, suffix, exact, targets } of settings.paths) {
    if (
      exact
        ? specifier !== prefix
        : !(specifier.startsWith(prefix) && specifier.endsWith(suffix) && specifier.length >= prefix.length + suffix.length)
    )
      continue
    const matched = exact ? '' : specifier.slice(prefix.length, specifier.length - suffix.length)
    found.push(...targets.map((target) => target.replace('*', () => matched)))
    break
  }
  if (settings.baseUrl !== undefined) found.push(join(settings.baseUrl, specifier))
  return found
}

function readJsonc(file: string): any {
  try {
    return JSON.parse(withoutComments(readFileSync(file, 'utf8')))
  } catch {
    return {}
  }
}

/** JSON from JSON with comments and trailing commas. Strings are matched first, so that their content is left alone. */
function withoutComments(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_all, string) => string ?? '')
    .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_all, string) => string ?? '')
}
