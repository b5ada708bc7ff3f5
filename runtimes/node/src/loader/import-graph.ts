/** Which project file needs which, learnt from resolved imports; the core watches what a Step needs. */
export class ImportGraph {
  readonly #needs = new Map<string, Set<string>>()

  add(parent: string, file: string): void {
    let files = this.#needs.get(parent)
    if (files === undefined) this.#needs.set(parent, (files = new Set()))
    files.add(file)
  }

  /** Everything `file` needs, directly or not; without itself. */
  closure(file: string): string[] {
    const seen = new Set([file])
    // A set may grow while it is walked.
    for (const path of seen) for (const needed of this.#needs.get(path) ?? []) seen.add(needed)
    seen.delete(file)
    return [...seen]
  }
}
