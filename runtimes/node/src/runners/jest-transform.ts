/** Compiles TypeScript for jest with what workers compile it with. Part of the preset. */
import { loadOxc } from '../loader/oxc.js'

const TARGET = `node${process.versions.node.split('.')[0]}`

function compiled(source: string, path: string): { code: string } {
  const result = loadOxc().transformSync(path, source, {
    target: TARGET,
    sourcemap: true,
    typescript: { onlyRemoveTypeImports: false },
  })
  const [problem] = result.errors
  if (problem !== undefined) throw new SyntaxError(`${path}: ${problem.message}`)
  const map = Buffer.from(JSON.stringify(result.map)).toString('base64')
  return { code: `${result.code}\n//# sourceMappingURL=data:application/json;base64,${map}` }
}

export default { process: compiled, processAsync: async (source: string, path: string) => compiled(source, path) }
