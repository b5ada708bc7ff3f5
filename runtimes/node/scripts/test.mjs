// Runs test/**/*.test.ts with Node's own runner, through our own loader. Arguments choose files by part of their name.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const wanted = process.argv.slice(2)
const files = readdirSync(`${root}/test`, { recursive: true })
  .filter((file) => file.endsWith('.test.ts') && (wanted.length === 0 || wanted.some((part) => file.includes(part))))
  .map((file) => `test/${file}`)
const { status } = spawnSync(process.execPath, ['--import', './scripts/loader.mjs', '--test', '--test-concurrency=2', ...files], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
