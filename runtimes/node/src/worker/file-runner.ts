/** Runs files of the project, one at a time, and tells the core which. */
import { readFileSync } from 'node:fs'
import { isAbsolute, join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Loader } from '../loader/install.js'
import { ConfigError } from './config-json.js'
import { lineOfKeys } from './config-place.js'
import type { FrameWriter } from './frames.js'
import { type LoadError, loadError } from './load-error.js'

export interface Ran<T> {
  /** Undefined when there is an error. */
  result: T | undefined
  imports: string[]
  error: LoadError | undefined
}

export class FileRunner {
  readonly #root: string
  readonly #loader: Loader
  readonly #out: FrameWriter

  constructor(root: string, loader: Loader, out: FrameWriter) {
    this.#root = root
    this.#loader = loader
    this.#out = out
  }

  /** Imports `file`, relative to the root, and gives its exports to `read`; errors of both are the file's. */
  async run<T>(file: string, read: (exports: Record<string, any>, path: string) => T | Promise<T>): Promise<Ran<T>> {
    this.send({ t: 'loading', file })
    // The core must be able to name a file whose first line never returns.
    this.#out.flush()
    const path = join(this.#root, file)
    let result: T | undefined
    let error: LoadError | undefined
    try {
      result = await read(await import(pathToFileURL(path).href), path)
    } catch (thrown) {
      error = this.#describe(thrown, file, path)
    }
    return { result, imports: this.#importsOf(path), error }
  }

  send(header: Record<string, unknown>): void {
    this.#out.frame(JSON.stringify(header))
  }

  #describe(thrown: unknown, file: string, path: string): LoadError {
    const error = loadError(thrown, this.#root, [path, ...this.#loader.importsOf(path)])
    if (!(thrown instanceof ConfigError)) return error
    return { ...error, file, line: lineOfKeys(readFileSync(path, 'utf8'), thrown.keys) }
  }

  #importsOf(path: string): string[] {
    const inProject: string[] = []
    for (const file of this.#loader.importsOf(path)) {
      const name = relative(this.#root, file)
      if (!name.startsWith('..') && !isAbsolute(name) && !/(^|[\\/])node_modules[\\/]/.test(name))
        inProject.push(name.split(sep).join('/'))
    }
    return inProject.sort()
  }
}
