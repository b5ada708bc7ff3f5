/**
 * How many parameters a function declares, defaults and rest included: `(_ = 0, ctx)` declares two, though its `length` is 0
 * (HND-3). JavaScript offers no way to ask, so the parameter list is read from the source text.
 */

const OPENING = '([{'
const CLOSING = ')]}'

/** Null when the source text is not available. */
export function countParameters(fn: (...args: any[]) => unknown): number | null {
  const source = Function.prototype.toString.call(fn)
  if (/\{\s*\[native code\]\s*\}$/.test(source)) return null
  if (/^(?:async\s+)?[A-Za-z_$][\w$]*\s*=>/.test(source)) return 1
  const open = openingOf(source)
  return open === -1 ? fn.length : countParts(source, open + 1)
}

/** The parenthesis of the parameter list; a computed method name may contain others. */
function openingOf(source: string): number {
  for (let at = 0; at < source.length; at = skip(source, at)) {
    if (source[at] === '(') return at
  }
  return -1
}

/** Parts between the commas of one level; the last may be empty, after a trailing comma. */
function countParts(source: string, from: number): number {
  let count = 0
  let isEmpty = true
  let depth = 0
  for (let at = from; at < source.length;) {
    const char = source[at]!
    if (depth === 0 && char === ')') break
    const isBracket = OPENING.includes(char) || CLOSING.includes(char)
    if (isBracket) depth += OPENING.includes(char) ? 1 : -1
    if (depth === 0 && char === ',') isEmpty = true
    else if (isEmpty && !/\s/.test(char) && !isComment(source, at)) {
      isEmpty = false
      count++
    }
    at = isBracket ? at + 1 : skip(source, at)
  }
  return count
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
  for (let i = at; i < source.length;) {
    if (OPENING.includes(source[i]!)) depth++
    else if (CLOSING.includes(source[i]!) && --depth === 0) return i + 1
    i = i === at || source[i] === '[' ? i + 1 : skip(source, i)
  }
  return source.length
}
