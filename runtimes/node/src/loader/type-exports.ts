/**
 * Types that a file exports get a run-time export of `undefined`: another file may re-export them without saying `type`,
 * and only a compiler that sees both files could know (PRJ-16).
 */
const TYPE = /^[ \t]*export\s+(?:declare\s+)?(?:interface|type)\s+([A-Za-z_$][\w$]*)/gm
const VALUE = /^export (?:default )?(?:async )?(?:const|let|var|function\*?|class)\s+([A-Za-z_$][\w$]*)/gm
const LIST = /^export (?:type )?\{([^}]*)\}/gm

/** `code` is what oxc wrote: one statement per line start, so that regular expressions suffice. */
export function exportTypeNames(source: string, code: string): string {
  const types = new Set([...source.matchAll(TYPE)].map((match) => match[1]!))
  if (types.size === 0) return code
  for (const name of exportedValues(code)) types.delete(name)
  if (types.size === 0) return code
  const list = [...types].map((name) => `__motia_type as ${name}`).join(', ')
  return `${code}\nconst __motia_type = void 0;\nexport { ${list} };`
}

function exportedValues(code: string): string[] {
  const names = [...code.matchAll(VALUE)].map((match) => match[1]!)
  for (const match of code.matchAll(LIST)) {
    for (const item of match[1]!.split(','))
      names.push(
        item
          .trim()
          .split(/\s+as\s+/)
          .at(-1)!,
      )
  }
  return names
}
