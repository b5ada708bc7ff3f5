/** The worker process: connects to the core, loads Steps, runs calls. Described in the worker protocol. */
import { realpathSync } from 'node:fs'
import motia from '../author/index.js'
import { connectCore } from '../author/runtime.js'
import { installLoader } from '../loader/install.js'
import { Calls } from './calls.js'
import { openSocket } from './connection.js'
import { captureConsole } from './console-capture.js'
import { CoreLink } from './core-link.js'
import { FileRunner } from './file-runner.js'
import { FrameReader, FrameWriter, ProtocolError } from './frames.js'
import { loadAll } from './loading.js'
import { exitWorker, guardProcess } from './process-guards.js'
import { ProjectConfig } from './project-config.js'
import { Steps } from './steps.js'
import { StreamDefinitions } from './stream-definitions.js'

/** Status of a worker whose core broke the protocol. */
const PROTOCOL_BROKEN = 70

type Receive = (header: Record<string, any>, body: Buffer) => void

async function start(): Promise<void> {
  const root = realpathSync(process.env.MOTIA_PROJECT_ROOT ?? process.cwd())
  const socket = openSocket(process.env)
  const out = new FrameWriter((bytes) => void socket.write(bytes))
  out.frame(
    JSON.stringify({
      t: 'hello',
      protocol: 1,
      language: 'javascript',
      runtime: `Node.js ${process.versions.node}`,
      pid: process.pid,
    }),
  )
  out.flush()
  socket.on('close', () => exitWorker(0))
  socket.on('end', () => exitWorker(0))
  socket.on('error', () => exitWorker(0))

  guardProcess()
  const loader = await installLoader(process.env.MOTIA_CACHE_DIR).catch(cannotStart)
  const link = new CoreLink(out)
  const runner = new FileRunner(root, loader, out)
  const steps = new Steps(runner)
  const config = new ProjectConfig(runner)
  const streams = new StreamDefinitions(runner)
  const calls = new Calls(out, steps.byEntry, streams.byEntry, config)
  connectCore(link)
  captureConsole()
  offerGlobalMotia()

  const receivers: Record<string, Receive> = {
    call: (header, body) => calls.start(header, body),
    answer: (header, body) => link.answer(header, body),
    credit: (header) => calls.credit(header),
    cancel: (header) => calls.cancel(header),
    load: (header) => void loadAll(header, runner, config, steps, streams),
    bind: (header) => steps.bind(header.entries),
    drain: () => calls.whenIdle(() => close()),
  }
  const reader = new FrameReader((header, body) => {
    const receive = receivers[header.t]
    if (receive === undefined) throw new ProtocolError(`unknown frame ${JSON.stringify(header.t)}`)
    receive(header, body)
  })
  socket.on('data', (chunk: Buffer) => receiveAll(reader, chunk))

  const close = (): void => {
    out.flush()
    socket.end(() => exitWorker(0))
  }
}

/** A worker that cannot load anything ends, loudly: the core starts another instead of waiting for this one. */
function cannotStart(error: unknown): never {
  process.stderr.write(`motia worker: cannot start: ${(error as Error)?.stack ?? error}\n`)
  return exitWorker(70)
}

function receiveAll(reader: FrameReader, chunk: Buffer): void {
  try {
    reader.push(chunk)
  } catch (error) {
    process.stderr.write(
      `motia worker: ${error instanceof ProtocolError ? error.message : String((error as Error)?.stack ?? error)}\n`,
    )
    exitWorker(PROTOCOL_BROKEN)
  }
}

/** `motia.trigger(id, data)` without an import. A global of the author's own takes its place (CTX-18, CTX-28). */
function offerGlobalMotia(): void {
  if ('motia' in globalThis) return
  Object.defineProperty(globalThis, 'motia', { value: motia, configurable: true, writable: true, enumerable: false })
}

await start()
