// A real core that serves a copy of the test project, and a real browser that looks at it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export function launch() {
  const executablePath = BROWSERS.find(exists)
  if (!executablePath)
    throw new Error('there is no Chromium; on Debian: apt-get install chromium, or run scripts/test.py, which does')
  // Without a user of its own (in containers) the browser cannot make its sandbox; shared memory is small there, too.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

function exists(path) {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}

export class Core {
  static async start(command = 'dev') {
    const folder = mkdtempSync(join(tmpdir(), 'workbench-'))
    cpSync(new URL('./project', import.meta.url), folder, { recursive: true })
    const child = spawn('motia', [command, '--json', '--host', '127.0.0.1', '--port', '0', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const said = []
    for await (const line of createInterface({ input: child.stdout })) {
      said.push(line)
      const port = /listening on port (\d+)/.exec(line)?.[1]
      if (port) return new Core(child, folder, `http://127.0.0.1:${port}`)
    }
    throw new Error(`the core ended: ${said.join('\n')}`)
  }

  constructor(child, folder, url) {
    this.child = child
    this.folder = folder
    this.url = url
    child.stdout.resume()
  }

  get token() {
    return readFileSync(join(this.folder, '.motia', 'admin-token'), 'utf8').trim()
  }

  async get(path) {
    const answer = await fetch(this.url + path)
    return answer.json()
  }

  async post(path, body) {
    const answer = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    return { status: answer.status, trace: answer.headers.get('x-trace-id'), body: text ? JSON.parse(text) : null }
  }

  order(email, more = {}) {
    return this.post('/orders/main', { email, ...more })
  }

  /** Resolves as soon as `condition` gives something; the test's own limit ends it otherwise. */
  async until(condition) {
    for (;;) {
      const found = await condition()
      if (found) return found
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  async stop() {
    this.child.kill('SIGTERM')
    await once(this.child, 'exit')
    rmSync(this.folder, { recursive: true, force: true })
  }
}
