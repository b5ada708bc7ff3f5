// Runs clients of the original for the tests: reads commands from its input, one JSON object a line, and answers each on its
// output. `start` with a kind (`node`, `browser`, `react`) and the address of a page makes a client; the rest are its methods.
// The kind `page` is a page as it is: its commands are Playwright's, with `given` for arguments.

import { Stream } from '@motiadev/stream-client-node'
import { build } from 'esbuild-wasm'
import { chromium } from 'playwright-core'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Probe } from './probe.js'

const clients = new Map()
const failures = []
let browser
let script

// The Node client leaves the errors of its socket to the process, as it does for everybody who uses it.
process.on('uncaughtException', (error) => failures.push(error.message))

async function inBrowser(kind, page) {
  browser ??= await chromium.launch(JSON.parse(process.env.CHROMIUM_OPTIONS))
  const tab = await browser.newPage()
  tab.on('websocket', (socket) => socket.on('socketerror', (error) => failures.push(error)))
  tab.on('pageerror', (error) => failures.push(error.message))
  await tab.goto(page)
  if (kind === 'page') return { tell: (command, { given }) => tab[command](...given), end: () => tab.close() }
  script ??= await bundle()
  await tab.addScriptTag({ content: script })
  await tab.evaluate((wanted) => window.connect(wanted), kind)
  return { tell: (command, given) => tab.evaluate(([name, rest]) => window.client[name](rest), [command, given]), end: () => tab.close() }
}

async function bundle() {
  const entryPoints = [fileURLToPath(new URL('page.js', import.meta.url))]
  const built = await build({ entryPoints, bundle: true, write: false, format: 'iife', define: { 'process.env.NODE_ENV': '"production"' } })
  return built.outputFiles[0].text
}

function inNode() {
  const probe = new Probe(Stream)
  return { tell: (command, given) => probe[command](given), end: () => {} }
}

async function answer({ client, command, ...given }) {
  if (command === 'start') return void clients.set(client, given.kind === 'node' ? inNode() : await inBrowser(given.kind, given.page))
  if (command === 'failures') return failures.splice(0)
  if (command === 'end') {
    await clients.get(client).end()
    return void clients.delete(client)
  }
  return clients.get(client).tell(command, given)
}

for await (const line of createInterface({ input: process.stdin })) {
  let said
  try {
    said = { result: (await answer(JSON.parse(line))) ?? null }
  } catch (error) {
    said = { error: String(error.stack ?? error) }
  }
  process.stdout.write(`${JSON.stringify(said)}\n`)
}
await browser?.close()
process.exit()
