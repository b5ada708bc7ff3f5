/**
 * The adapter classes of 0.17 (CONF-9): what `@motiadev/adapter-*` exported, and the built-in ones. They open no connection
 * and store nothing; they record their options, and our own engine of that kind is used with them.
 */
const RECORDED = Symbol.for('motia.adapter.recorded')

export interface Recording {
  /** The name of the class. */
  name: string
  arguments: unknown[]
}

class RecordedAdapter {
  constructor(...args: any[]) {
    // A class derived from one of these brings code of its own, which would never run: it is not one of them.
    if (Object.getPrototypeOf(new.target) !== RecordedAdapter) return
    Object.defineProperty(this, RECORDED, { value: { name: new.target.name, arguments: args } satisfies Recording })
  }
}

/** What an adapter object recorded; undefined for everything else. */
export function recordingOf(value: object): Recording | undefined {
  return (value as { [RECORDED]?: Recording })[RECORDED]
}

export class RedisStateAdapter extends RecordedAdapter {}
export class RedisStreamAdapter extends RecordedAdapter {}
export class RedisStreamAdapterManager extends RecordedAdapter {}
export class RedisCronAdapter extends RecordedAdapter {}
export class BullMQEventAdapter extends RecordedAdapter {}
export class RabbitMQEventAdapter extends RecordedAdapter {}

export class FileStateAdapter extends RecordedAdapter {}
export class FileStreamAdapter extends RecordedAdapter {}
export class FileStreamAdapterManager extends RecordedAdapter {}
export class MemoryStateAdapter extends RecordedAdapter {}
export class MemoryStreamAdapter extends RecordedAdapter {}
export class MemoryStreamAdapterManager extends RecordedAdapter {}
export class InMemoryQueueEventAdapter extends RecordedAdapter {}
export class InMemoryCronAdapter extends RecordedAdapter {}
export class DefaultQueueEventAdapter extends RecordedAdapter {}
export class DefaultCronAdapter extends RecordedAdapter {}

/** What hand-written adapters extend. They can be loaded, so that the core can say that they are not used. */
export abstract class StateAdapter {}
export abstract class StreamAdapter<_TData = any> {
  protected readonly streamName: string

  constructor(streamName = '') {
    this.streamName = streamName
  }
}
export abstract class StreamAdapterManager {}
