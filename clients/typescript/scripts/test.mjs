// Runs test/**/*.test.ts(x) with Node's own runner. Arguments choose files by part of their name.
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const wanted = process.argv.slice(2)
const entryPoints = readdirSync(`${root}/test`, { recursive: true })
  .filter((file) => /\.test\.tsx?$/.test(file) && (wanted.length === 0 || wanted.some((part) => file.includes(part))))
  .map((file) => `test/${file}`)
rmSync(`${root}/build`, { recursive: true, force: true })
// The package itself stays outside: what is tested is what was built, by the names that users import.
await build({
  absWorkingDir: root,
  entryPoints,
  outdir: 'build',
  outbase: 'test',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  jsx: 'automatic',
  sourcemap: 'inline',
  logLevel: 'warning',
})
const files = entryPoints.map((file) => file.replace(/^test/, 'build').replace(/\.tsx?$/, '.mjs'))
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-reporter=spec', '--test-concurrency=2', ...files],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
process.exit(status ?? 1)
