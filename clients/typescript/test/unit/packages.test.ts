import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

// What projects import, and the package that an npm alias puts behind it.
const NAMES = {
  '@motiadev/stream-client-browser': 'motia-stream-client',
  '@motiadev/stream-client-node': 'motia-stream-client',
  '@motiadev/stream-client-react': 'motia-stream-client-react',
  '@motia/react': 'motia-stream-client-react',
} as const

let folder: string

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { cwd: folder, encoding: 'utf8' })
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'names-'))
  execFileSync(process.execPath, ['scripts/pack.mjs', folder], { stdio: 'ignore' })
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(process.cwd(), 'node_modules', 'react'), join(folder, 'node_modules', 'react'))
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  for (const [name, real] of Object.entries(NAMES)) {
    const home = join(folder, 'node_modules', name)
    mkdirSync(home, { recursive: true })
    run('tar', 'xzf', `${real}-${version}.tgz`, '-C', home, '--strip-components=1')
  }
})

after(() => rmSync(folder, { recursive: true, force: true }))

for (const [name, real] of Object.entries(NAMES)) {
  test(`WS-20 ${name} is served`, () => {
    const wanted = ['Stream', 'StreamGroupSubscription', 'StreamItemSubscription']
    if (real.endsWith('react')) {
      wanted.push('MotiaStreamProvider', 'useMotiaStream', 'useStreamEventHandler', 'useStreamGroup', 'useStreamItem')
    }
    const said = run(process.execPath, '--input-type=module', '-e', `console.log(Object.keys(await import('${name}')).join())`)
    const exported = said.trim().split(',')
    assert.deepEqual(
      wanted.filter((each) => !exported.includes(each)),
      [],
    )
  })
}

test('the core does not need React', () => {
  rmSync(join(folder, 'node_modules', 'react'))
  run(process.execPath, '--input-type=module', '-e', "await import('@motiadev/stream-client-node')")
  symlinkSync(join(process.cwd(), 'node_modules', 'react'), join(folder, 'node_modules', 'react'))
})
