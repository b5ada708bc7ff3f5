/** Operations of `update`, applied in order, all or nothing (STA-12). `path` is dotted, a list of keys, or `''` for the whole value. */
export type UpdateOp =
  | { type: 'set'; path: string | (string | number)[]; value: unknown }
  | { type: 'merge'; path?: string | (string | number)[]; value: Record<string, unknown> }
  | { type: 'increment' | 'decrement'; path: string | (string | number)[]; by?: number; value?: number }
  | { type: 'append'; path: string | (string | number)[]; value: unknown }
  | { type: 'remove'; path: string | (string | number)[] }
export const UpdateOp = undefined

export interface UpdateResult<T = any> {
  old_value: T | null
  new_value: T | null
  oldValue: T | null
  newValue: T | null
}

interface StateReading {
  /** The stored value, or null. Without a group, the group is `default`. */
  get<T = any>(group: string, key: string): Promise<T | null>
  get<T = any>(key: string): Promise<T | null>
  /** Removes the value and returns what it was, or null. */
  delete<T = any>(group: string, key: string): Promise<T | null>
  delete<T = any>(key: string): Promise<T | null>
  has(group: string, key: string): Promise<boolean>
  has(key: string): Promise<boolean>
  /** The values of a group, first stored first. */
  getGroup<T = any>(group?: string): Promise<T[]>
  list<T = any>(group?: string): Promise<T[]>
  /** The values of a group by key, in the same order. */
  getAll<T = any>(group?: string): Promise<Record<string, T>>
  keys(group?: string): Promise<string[]>
  listGroups(): Promise<string[]>
  clear(group?: string): Promise<void>
  update<T = any>(group: string, key: string, ops: UpdateOp | UpdateOp[]): Promise<UpdateResult<T>>
  update<T = any>(key: string, ops: UpdateOp | UpdateOp[]): Promise<UpdateResult<T>>
  increment(group: string, key: string, by?: number): Promise<number>
  increment(key: string, by?: number): Promise<number>
}

/** `ctx.state` of type-form and function-form Steps: `set` answers with the value. */
export interface InternalStateManager extends StateReading {
  set<T>(group: string, key: string, value: T): Promise<T>
  set<T>(key: string, value: T): Promise<T>
}
export const InternalStateManager = undefined

/** `stateManager`, and `ctx.state` of triggers-form Steps: `set` answers with the old and the new value. */
export interface StateManager extends StateReading {
  set<T>(group: string, key: string, value: T): Promise<UpdateResult<T>>
  set<T>(key: string, value: T): Promise<UpdateResult<T>>
}
export const StateManager = undefined
