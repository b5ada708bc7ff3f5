import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Compiled } from './compile.js'

const KINDS = { m: 'module', c: 'commonjs' } as const

/** Compiled files by the hash of everything that went into them. A lost or broken cache costs time, nothing else. */
export class CompileCache {
  readonly #directory: string
  readonly #waiting = new Map<string, Compiled>()

  constructor(directory: string) {
    this.#directory = join(directory, 'node')
  }

  read(key: string): Compiled | undefined {
    try {
      const text = readFileSync(this.#file(key), 'utf8')
      const kind = KINDS[text[0] as keyof typeof KINDS]
      // The last character proves that the file is complete.
      return kind && text.endsWith('\n//') ? { kind, code: text.slice(2, -3) } : undefined
    } catch {
      return undefined
    }
  }

  /** Files are written when the loading that needs them is not waiting any more. */
  write(key: string, compiled: Compiled): void {
    if (this.#waiting.size === 0) setImmediate(() => this.#writeWaiting())
    this.#waiting.set(key, compiled)
  }

  #writeWaiting(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
      for (const [key, compiled] of waiting) this.#writeFile(key, compiled)
    } catch {
      // A cache that cannot be written is no cache.
    }
  }

  #writeFile(key: string, { kind, code }: Compiled): void {
    const draft = `${this.#file(key)}.${process.pid}`
    try {
      writeFileSync(draft, `${kind[0]}\n${code}\n//`, { mode: 0o600 })
      renameSync(draft, this.#file(key))
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    }
  }

  #file(key: string): string {
    return join(this.#directory, `${key}.js`)
  }
}
