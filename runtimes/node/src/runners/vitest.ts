/** For `vitest.config.ts`: `plugins: [motia()]` makes every name of this runtime mean it, as in a worker (PRJ-13). */
import { fileURLToPath } from 'node:url'
import { runtimeModule } from '../loader/runtime-specifiers.js'

export default function motia(): { name: string; enforce: 'pre'; resolveId(id: string): string | undefined } {
  return {
    name: 'motia',
    enforce: 'pre',
    resolveId(id) {
      const url = runtimeModule(id)
      return url && fileURLToPath(url)
    },
  }
}
