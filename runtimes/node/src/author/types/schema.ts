/** Any JSON Schema document. Written `as const`, it types values; otherwise they are `any`: it is known at run time only. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown }

/** The part of Standard Schema v1 that is used here (https://standardschema.dev). */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => any
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What Zod 3 and Zod 4 schemas have in common. */
export interface ZodSchema<Output = unknown> {
  readonly _output: Output
  safeParse(value: unknown): any
}

/** The type a JSON Schema made by `jsonSchema()` stands for; exists for the type checker only. */
export interface TypedJsonSchema<Output> {
  readonly __output?: Output
  readonly [keyword: string]: unknown
}

export type AnySchema = StandardSchema<any, any> | ZodSchema<any> | JsonSchema

/** The data that comes out of schema `S`; `any` where only the run time knows. */
export type InferSchema<S> = S extends { readonly _output: infer Output }
  ? Output
  : S extends { readonly '~standard': { readonly types?: infer Types } }
    ? NonNullable<Types> extends { readonly output: infer Output }
      ? Output
      : any
    : S extends { readonly __output?: infer Output }
      ? unknown extends Output
        ? any
        : Output
      : FromJsonSchema<S>

type Primitives = { string: string; number: number; integer: number; boolean: boolean; null: null }

/** The values of a JSON Schema whose keywords are literal types; `any` where they are not, or say more than is read here. */
type FromJsonSchema<S> = S extends { readonly const: infer Value }
  ? Value
  : S extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : S extends { readonly anyOf: readonly (infer Choice)[] } | { readonly oneOf: readonly (infer Choice)[] }
      ? FromJsonSchema<Choice>
      : S extends { readonly type: infer Type }
        ? string extends Type
          ? any
          : FromType<S, Type extends readonly (infer Each)[] ? Each : Type>
        : any

type FromType<S, Type> = Type extends keyof Primitives
  ? Primitives[Type]
  : Type extends 'array'
    ? S extends { readonly items: infer Items }
      ? FromJsonSchema<Items>[]
      : any[]
    : Type extends 'object'
      ? S extends { readonly properties: infer Properties }
        ? FromProperties<Properties, S extends { readonly required: readonly (infer Name)[] } ? Name : never>
        : any
      : any

type FromProperties<P, Required> = Merged<
  { -readonly [Name in keyof P as Name extends Required ? Name : never]: FromJsonSchema<P[Name]> } & {
    -readonly [Name in keyof P as Name extends Required ? never : Name]?: FromJsonSchema<P[Name]>
  }
>

type Merged<T> = { [Name in keyof T]: T[Name] }
