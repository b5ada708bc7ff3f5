/** Paths in the notation of Express 4: `/a/:id`, `/a/:id?`, `/a/:id(\\d+)`, `/files/*`, `/a(bc)?d`, regular expressions, lists. */
import { HttpError } from '../author/http-error.js'

export type PathSpec = string | RegExp | readonly (string | RegExp)[]

export interface PathMatch {
  params: Record<string, string>
  /** The part of the path that matched. */
  path: string
}

interface Compiled {
  expression: RegExp
  /** One name per group; numbers count the unnamed ones. */
  names: string[]
}

export class PathPattern {
  readonly #alternatives: Compiled[]

  /** `prefix`: whatever follows after a `/` belongs to the path too, as for `app.use`. */
  constructor(spec: PathSpec, prefix: boolean) {
    this.#alternatives = [spec].flat().map((one) => (one instanceof RegExp ? ofExpression(one) : compile(one, prefix)))
  }

  match(path: string): PathMatch | undefined {
    for (const { expression, names } of this.#alternatives) {
      expression.lastIndex = 0
      const found = expression.exec(path)
      if (found) return { params: paramsOf(found, names), path: found[0] }
    }
    return undefined
  }
}

function ofExpression(expression: RegExp): Compiled {
  const groups = new RegExp(`${expression.source}|`, expression.flags).exec('')!.length - 1
  return { expression, names: Array.from({ length: groups }, (_, index) => String(index)) }
}

function compile(path: string, prefix: boolean): Compiled {
  const names: string[] = []
  let unnamed = 0
  let source = ''
  const text = path.length > 1 ? path.replace(/\/$/, '') : prefix && path === '/' ? '' : path
  for (let at = 0; at < text.length;) {
    const parameter = /^:(\w+)/.exec(text.slice(at))
    const char = text[at]!
    if (parameter) {
      at += parameter[0].length
      const own = text[at] === '(' ? groupAt(text, at) : ''
      at += own.length
      const modifier = /^[?*]/.exec(text.slice(at))?.[0] ?? ''
      at += modifier.length
      names.push(parameter[1]!)
      source = withParameter(source, own === '' ? '[^\\/]+?' : withoutCaptures(own.slice(1, -1)), modifier)
    } else if (char === '*') {
      names.push(String(unnamed++))
      source += '(.*)'
      at++
    } else if (char === '(') {
      if (text[at + 1] !== '?') names.push(String(unnamed++))
      const group = groupAt(text, at)
      source += `(${withoutCaptures(group.slice(1))}`
      at += group.length
    } else if (char === '\\') {
      source += text.slice(at, at + 2)
      at += 2
    } else {
      // `?` and `+` repeat what is before them; the rest stands for itself.
      source += /[?+\w]/.test(char) ? char : `\\${char}`
      at++
    }
  }
  return { expression: new RegExp(`^${source}${prefix ? '\\/?(?=\\/|$)' : '\\/?$'}`, 'i'), names }
}

/** The slash before an optional parameter is optional with it. */
function withParameter(before: string, expression: string, modifier: string): string {
  if (modifier === '') return `${before}(${expression})`
  const group = modifier === '*' ? '(.*)' : `(${expression})`
  return before.endsWith('\\/') ? `${before.slice(0, -2)}(?:\\/${group})?` : `${before}${group}?`
}

/** Groups within a group only group: each parameter has one value. */
function withoutCaptures(expression: string): string {
  return expression.replace(/\\.|\((?!\?)/g, (found) => (found === '(' ? '(?:' : found))
}

/** The text from the parenthesis at `start` to the one that closes it. */
function groupAt(text: string, start: number): string {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return text.slice(start, at + 1)
  }
  throw new TypeError(`the path ${JSON.stringify(text)} has a parenthesis that is never closed`)
}

function paramsOf(found: RegExpExecArray, names: string[]): Record<string, string> {
  const params: Record<string, string> = {}
  names.forEach((name, index) => {
    const value = found[index + 1]
    if (value !== undefined && name !== '__proto__') params[name] = decoded(value)
  })
  return params
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new HttpError(400, `Failed to decode the path parameter ${JSON.stringify(text)}`)
  }
}
