/**
 * How many parameters a function declares, defaults and rest included: `(_ = 0, ctx)` declares two, though its `length` is 0
 * (HND-3). JavaScript offers no way to ask, so the parameter list is read from the source text.
 */

export interface Parameters {
  /** Null when the source text is not available. */
  count: number | null
  names: string[] | null
}

const OPENING = '([{'
const CLOSING = ')]}'

export function parametersOf(fn: (...args: any[]) => unknown): Parameters {
  const source = Function.prototype.toString.call(fn)
  if (/\{\s*\[native code\]\s*\}$/.test(source)) return { count: null, names: null }
  const single = /^(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(source)
  if (single) return { count: 1, names: [single[1]!] }
  const open = openingOf(source)
  if (open === -1) return { count: fn.length, names: null }
  const parts = splitParameters(source, open + 1)
  return { count: parts.length, names: parts.map(nameOf) }
}

/** The parenthesis of the parameter list; a computed method name may contain others. */
function openingOf(source: string): number {
  for (let at = 0; at < source.length; at = skip(source, at)) {
    if (source[at] === '(') return at
  }
  return -1
}

function splitParameters(source: string, from: number): string[] {
  const parts: string[] = []
  let part = ''
  let depth = 0
  for (let at = from; at < source.length; ) {
    const char = source[at]!
    if (depth === 0 && char === ')') break
    if (depth === 0 && char === ',') {
      parts.push(part)
      part = ''
      at++
      continue
    }
    // Whatever stands inside brackets or text is skipped as a whole, brackets by counting.
    if (OPENING.includes(char)) depth++
    else if (CLOSING.includes(char)) depth--
    const next = OPENING.includes(char) || CLOSING.includes(char) ? at + 1 : skip(source, at)
    if (!isComment(source, at)) part += source.slice(at, next)
    at = next
  }
  parts.push(part)
  return parts.map((text) => text.trim()).filter((text) => text !== '')
}

function isComment(source: string, at: number): boolean {
  return source[at] === '/' && (source[at + 1] === '/' || source[at + 1] === '*')
}

/** The position after the token at `at`, where texts, templates, comments and bracketed names are one token. */
function skip(source: string, at: number): number {
  const char = source[at]!
  if (char === '"' || char === "'") return afterText(source, at, char)
  if (char === '`') return afterTemplate(source, at)
  if (char === '[') return afterBracket(source, at)
  if (char === '/' && source[at + 1] === '/') return orEnd(source, source.indexOf('\n', at))
  if (char === '/' && source[at + 1] === '*') return orEnd(source, source.indexOf('*/', at + 2), 2)
  // A regular expression can only follow something that is no value.
  if (char === '/' && /[=(,:?&|!]\s*$/.test(source.slice(Math.max(0, at - 20), at))) return afterRegExp(source, at)
  return at + 1
}

function orEnd(source: string, at: number, length = 0): number {
  return at === -1 ? source.length : at + length
}

function afterText(source: string, at: number, quote: string): number {
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === quote) return i + 1
  }
  return source.length
}

function afterTemplate(source: string, at: number): number {
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === '`') return i + 1
    else if (source[i] === '$' && source[i + 1] === '{') i = afterBracket(source, i + 1) - 1
  }
  return source.length
}

function afterRegExp(source: string, at: number): number {
  let inClass = false
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === '\\') i++
    else if (source[i] === '[') inClass = true
    else if (source[i] === ']') inClass = false
    else if (source[i] === '/' && !inClass) return i + 1
  }
  return source.length
}

function afterBracket(source: string, at: number): number {
  let depth = 0
  for (let i = at; i < source.length; ) {
    if (OPENING.includes(source[i]!)) depth++
    else if (CLOSING.includes(source[i]!) && --depth === 0) return i + 1
    i = i === at || source[i] === '[' ? i + 1 : skip(source, i)
  }
  return source.length
}

function nameOf(parameter: string): string {
  return /^(?:\.\.\.)?\s*([A-Za-z_$][\w$]*)/.exec(parameter)?.[1] ?? ''
}
