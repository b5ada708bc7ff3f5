// Packs what is built, twice: as itself, and as `motia-stream-client-react`, whose root is the hooks. An npm alias replaces a
// package's name and not a path in it, so that whoever imports hooks from a root needs a package that has them there.
// The folder to put the packages in is the argument.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = resolve(process.argv[2] ?? '.')
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const { scripts: _, devDependencies: __, prettier: ___, ...published } = own
const hooks = own.exports['./react']
const packages = [
  published,
  {
    ...published,
    name: `${own.name}-react`,
    description: `React hooks for live streams of Motia: ${own.name}/react as a package of its own`,
    exports: { ...own.exports, '.': hooks },
    types: hooks.types,
    peerDependenciesMeta: undefined,
  },
]
for (const each of packages) {
  const folder = mkdtempSync(join(tmpdir(), 'pack-'))
  try {
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
    for (const file of ['LICENSE', 'README.md']) cpSync(join(root, file), join(folder, file))
    writeFileSync(join(folder, 'package.json'), JSON.stringify(each, null, 2))
    execFileSync('npm', ['pack', '--silent', '--pack-destination', target], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'ignore'],
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
