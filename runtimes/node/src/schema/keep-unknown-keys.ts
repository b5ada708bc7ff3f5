/**
 * Zod drops the keys an object schema does not name, though Step authors expect to keep them unless the schema says strict
 * (SCH-9). This walks a Zod schema beside its input and output and puts them back. It stops at transforms, whose output
 * need not resemble their input; schemas of other libraries are left alone.
 */

type Node =
  | { kind: 'object'; shape: Record<string, any>; strips: boolean }
  | { kind: 'array'; element: any }
  | { kind: 'record'; value: any }
  | { kind: 'tuple'; items: any[] }
  | { kind: 'union'; options: any[] }
  | { kind: 'both'; left: any; right: any }
  | { kind: 'inner'; schema: any }

export function keepUnknownKeys(schema: any, input: unknown, output: unknown): unknown {
  if (typeof input !== 'object' || input === null || typeof output !== 'object' || output === null) return output
  const node = nodeOf(schema)
  switch (node?.kind) {
    case 'object':
      return keepInObject(node, input as Record<string, unknown>, output as Record<string, unknown>)
    case 'array':
      return keepInEach(() => node.element, input, output)
    case 'tuple':
      return keepInEach((index) => node.items[Number(index)], input, output)
    case 'record':
      return keepInEach(() => node.value, input, output)
    case 'union': {
      const option = node.options.find((candidate) => accepts(candidate, input))
      return option === undefined ? output : keepUnknownKeys(option, input, output)
    }
    case 'both':
      return keepUnknownKeys(node.right, input, keepUnknownKeys(node.left, input, output))
    case 'inner':
      return keepUnknownKeys(node.schema, input, output)
    default:
      return output
  }
}

function keepInObject(
  node: { shape: Record<string, any>; strips: boolean },
  input: Record<string, unknown>,
  output: Record<string, unknown>,
): unknown {
  const result = Object.isFrozen(output) ? { ...output } : output
  for (const key of Object.keys(input)) {
    if (Object.hasOwn(node.shape, key)) {
      if (Object.hasOwn(result, key)) result[key] = keepUnknownKeys(node.shape[key], input[key], result[key])
    } else if (node.strips && !Object.hasOwn(result, key) && key !== '__proto__') {
      result[key] = input[key]
    }
  }
  return result
}

function keepInEach(schemaAt: (key: string) => any, input: object, output: object): unknown {
  for (const key of Object.keys(output)) {
    const schema = schemaAt(key)
    if (schema !== undefined && !Object.isFrozen(output))
      (output as any)[key] = keepUnknownKeys(schema, (input as any)[key], (output as any)[key])
  }
  return output
}

function accepts(schema: any, input: unknown): boolean {
  try {
    return schema.safeParse(input).success === true
  } catch {
    return false
  }
}

function nodeOf(schema: any): Node | undefined {
  if (schema?._zod?.def !== undefined) return zod4Node(schema._zod.def)
  if (typeof schema?._def?.typeName === 'string') return zod3Node(schema._def)
  return undefined
}

function zod4Node(def: any): Node | undefined {
  switch (def.type) {
    case 'object':
      return { kind: 'object', shape: def.shape, strips: def.catchall === undefined }
    case 'array':
      return { kind: 'array', element: def.element }
    case 'record':
      return { kind: 'record', value: def.valueType }
    case 'tuple':
      return { kind: 'tuple', items: def.items }
    case 'union':
      return { kind: 'union', options: def.options }
    case 'intersection':
      return { kind: 'both', left: def.left, right: def.right }
    case 'lazy':
      return { kind: 'inner', schema: def.getter() }
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return { kind: 'inner', schema: def.innerType }
    default:
      return undefined
  }
}

function zod3Node(def: any): Node | undefined {
  switch (def.typeName) {
    case 'ZodObject':
      return {
        kind: 'object',
        shape: def.shape(),
        strips: def.unknownKeys === 'strip' && def.catchall?._def?.typeName === 'ZodNever',
      }
    case 'ZodArray':
      return { kind: 'array', element: def.type }
    case 'ZodRecord':
      return { kind: 'record', value: def.valueType }
    case 'ZodTuple':
      return { kind: 'tuple', items: def.items }
    case 'ZodUnion':
    case 'ZodDiscriminatedUnion':
      return { kind: 'union', options: Array.isArray(def.options) ? def.options : [...def.options.values()] }
    case 'ZodIntersection':
      return { kind: 'both', left: def.left, right: def.right }
    case 'ZodLazy':
      return { kind: 'inner', schema: def.getter() }
    case 'ZodEffects':
      return def.effect?.type === 'refinement' ? { kind: 'inner', schema: def.schema } : undefined
    case 'ZodOptional':
    case 'ZodNullable':
    case 'ZodDefault':
    case 'ZodReadonly':
    case 'ZodCatch':
      return { kind: 'inner', schema: def.innerType }
    case 'ZodBranded':
      return { kind: 'inner', schema: def.type }
    default:
      return undefined
  }
}
