// Puts compressed twins beside the built files, so that the core never compresses, and keeps the first view within its budget.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const FIRST_VIEW_BUDGET = 350 * 1024
const folder = 'dist/assets'
const compressible = /\.(js|css|svg)$/
let sizes = new Map()
for (const name of readdirSync(folder).filter((each) => compressible.test(each))) {
  const content = readFileSync(join(folder, name))
  const gzipped = gzipSync(content, { level: 9 })
  writeFileSync(join(folder, `${name}.gz`), gzipped)
  writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content))
  sizes.set(name, gzipped.length)
}
const page = readFileSync('dist/index.html', 'utf8')
const first = [...page.matchAll(/assets\/([\w.-]+\.js)/g)].map((match) => match[1])
const total = first.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)
console.log(`first view: ${(total / 1024).toFixed(0)} KiB of script, gzipped (${first.join(', ')})`)
if (total > FIRST_VIEW_BUDGET) {
  console.error(`that is more than ${FIRST_VIEW_BUDGET / 1024} KiB`)
  process.exit(1)
}
