/**
 * What a handler prints becomes log records of its attempt (LOG-4). Outside of attempts everything goes to the terminal as
 * usual.
 */
import { format } from 'node:util'
import { type LogLevel, type LogSource, connectedCore, currentAttempt } from '../author/runtime.js'

type Method = 'log' | 'info' | 'debug' | 'warn' | 'error'

const METHODS: Record<Method, [LogLevel, LogSource]> = {
  log: ['info', 'stdout'],
  info: ['info', 'stdout'],
  debug: ['debug', 'stdout'],
  warn: ['warn', 'stderr'],
  error: ['error', 'stderr'],
}

export function captureConsole(): void {
  for (const name of Object.keys(METHODS) as Method[]) captureMethod(name)
  captureStream(process.stdout, 'info', 'stdout')
  captureStream(process.stderr, 'warn', 'stderr')
}

function captureMethod(name: Method): void {
  const original = console[name]
  const [level, source] = METHODS[name]
  console[name] = (...args: unknown[]) => {
    if (!record(level, source, format(...args))) original.apply(console, args)
  }
}

/** The rest of the console (tables, traces, groups) and direct writes. */
function captureStream(stream: NodeJS.WriteStream, level: LogLevel, source: LogSource): void {
  const original = stream.write
  stream.write = function (this: NodeJS.WriteStream, chunk: any, encoding?: any, done?: any): boolean {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    if (!record(level, source, text.replace(/\r?\n$/, ''))) return original.call(this, chunk, encoding, done)
    const callback = typeof encoding === 'function' ? encoding : done
    if (typeof callback === 'function') process.nextTick(callback)
    return true
  }
}

function record(level: LogLevel, source: LogSource, text: string): boolean {
  const attempt = currentAttempt()
  const core = connectedCore()
  if (attempt === undefined || core === undefined) return false
  if (text !== '') core.log(level, text, null, source, attempt)
  return true
}
