import { inspect } from 'node:util'
import { mergeLogArgs } from './log-args.js'
import { type LogLevel, type RunningAttempt, connectedCore, currentAttempt } from './runtime.js'
import type { Logger } from './types/context.js'

const LEVELS: Record<string, LogLevel> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  log: 'info',
  notice: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  exception: 'error',
  critical: 'error',
  fatal: 'error',
}

type Listener = (level: string, msg: string, args?: Record<string, unknown>) => void

/** A logger for `attempt`, or for whichever attempt is running when it is called. Its members need no `this`. */
export function createLogger(attempt: RunningAttempt | undefined): Logger {
  const listeners: Listener[] = []
  const write = (name: string, msg: unknown, args: unknown[]): void => {
    const level = LEVELS[String(name).toLowerCase()] ?? 'info'
    const [text, rest] = messageAndArgs(msg, args)
    const fields = mergeLogArgs(rest)
    const core = connectedCore()
    if (core) core.log(level, text, fields, 'logger', attempt ?? currentAttempt())
    else console[level](text, ...(fields ? [fields] : []))
    for (const listener of listeners) listener(level, text, fields ?? undefined)
  }
  const level =
    (name: string) =>
    (msg: unknown, ...args: unknown[]) =>
      write(name, msg, args)
  return {
    info: level('info'),
    warn: level('warn'),
    warning: level('warn'),
    error: level('error'),
    debug: level('debug'),
    trace: level('debug'),
    critical: level('error'),
    fatal: level('error'),
    exception: level('error'),
    log: (name: string, msg: unknown, ...args: unknown[]) => write(name, msg, args),
    addListener: (listener: Listener) => void listeners.push(listener),
  }
}

export const logger: Logger = createLogger(undefined)

/** Also accepts a lone object or error, and pino's order `(object, message)`. */
function messageAndArgs(msg: unknown, args: unknown[]): [string, unknown[]] {
  if (typeof msg === 'string') return [msg, args]
  if (typeof msg === 'object' && msg !== null && typeof args[0] === 'string') return [args[0], [msg, ...args.slice(1)]]
  if (msg instanceof Error) return [msg.message, [msg, ...args]]
  if (typeof msg === 'object' && msg !== null) return [inspect(msg, { depth: 3, breakLength: Infinity }), args]
  return [String(msg), args]
}
