import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findSyntaxError } from '../loader/compile.js'
import { isForeign, isRead } from '../loader/files.js'
import { failureFields } from './errors.js'

/** Why a file did not load, and where. */
export interface LoadError {
  name: string
  message: string
  stack?: string
  file?: string
  line?: number
  column?: number
}

type Position = Pick<LoadError, 'file' | 'line' | 'column'>

/** `files` are the file and what it needs: the error may be in any of them. */
export function loadError(thrown: unknown, root: string, files: string[]): LoadError {
  const { name, message, stack } = failureFields(thrown)
  const position = positionIn(message, stack)
  if (position === undefined && thrown instanceof SyntaxError) {
    const located = locateSyntaxError(files)
    if (located) return loadError(located, root, [])
  }
  return { name, message, stack, ...(position ? { ...position, file: fromRoot(position.file!, root) } : null) }
}

function locateSyntaxError(files: string[]): SyntaxError | undefined {
  for (const file of files) {
    const error = isRead(file) ? findSyntaxError(file) : undefined
    if (error) return error
  }
  return undefined
}

function positionIn(message: string, stack: string | undefined): Position | undefined {
  return positionInMessage(message) ?? importingFile(message) ?? positionAboveStack(stack) ?? firstFrame(stack)
}

/** Our own syntax errors end with their position. */
function positionInMessage(message: string): Position | undefined {
  return position(/\((.+):(\d+):(\d+)\)$/.exec(message))
}

/** Node names the importing file of a module it cannot find. */
function importingFile(message: string): Position | undefined {
  const file =
    /imported from ((?:file:\/\/)?\/.+|[A-Za-z]:\\.+)$/m.exec(message)?.[1] ?? /^Require stack:\n- (.+)$/m.exec(message)?.[1]
  return file === undefined ? undefined : { file: file.startsWith('file:') ? fileURLToPath(file) : file }
}

/** V8 puts `file:line` above the source line of a syntax error. */
function positionAboveStack(stack: string | undefined): Position | undefined {
  return position(/^((?:file:\/\/)?\/[^\n]*?|[A-Za-z]:\\[^\n]*?):(\d+)\n/.exec(stack ?? ''))
}

function firstFrame(stack: string | undefined): Position | undefined {
  for (const line of (stack ?? '').split('\n')) {
    const match = /^\s+at (?:.*\()?((?:file:\/\/)?\/.+?|[A-Za-z]:\\.+?):(\d+):(\d+)\)?$/.exec(line)
    const found = position(match)
    if (found && !isForeign(found.file!)) return found
  }
  return undefined
}

function position(match: RegExpExecArray | null): Position | undefined {
  if (match === null) return undefined
  const file = match[1]!.startsWith('file:') ? fileURLToPath(match[1]!) : match[1]!
  return { file, line: Number(match[2]), ...(match[3] === undefined ? null : { column: Number(match[3]) }) }
}

function fromRoot(file: string, root: string): string {
  const name = relative(root, file)
  return name.startsWith('..') ? file : name.split(sep).join('/')
}
