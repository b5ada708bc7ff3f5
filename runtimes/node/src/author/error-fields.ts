/** An error as the plain object that payloads and log records carry (GEN-4, LOG-1). */
export interface ErrorFields {
  name: string
  message: string
  stack?: string
  code?: string | number
  cause?: unknown
}

export function describeError(error: Error): ErrorFields {
  const fields: ErrorFields = { name: error.name, message: error.message }
  if (typeof error.stack === 'string') fields.stack = trimStack(error.stack)
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string' || typeof code === 'number') fields.code = code
  if (error.cause !== undefined) fields.cause = error.cause
  return fields
}

const RUNTIME_DIRECTORY = new URL('..', import.meta.url).href
const RUNTIME_PATH = decodeURIComponent(new URL('..', import.meta.url).pathname)

/** Leaves out the frames of Node and of this runtime: authors look for their own file. */
export function trimStack(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !isInternalFrame(line))
    .join('\n')
}

function isInternalFrame(line: string): boolean {
  if (!/^\s+at /.test(line)) return false
  // Built-in functions that call back, such as Array.map, have no place in a file.
  if (line.endsWith('(<anonymous>)')) return true
  return line.includes('node:') || line.includes(RUNTIME_DIRECTORY) || line.includes(RUNTIME_PATH)
}
