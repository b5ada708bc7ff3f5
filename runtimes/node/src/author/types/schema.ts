/** Any JSON Schema document. Values typed by it are `any`: the schema is known at run time only. */
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
      : any
