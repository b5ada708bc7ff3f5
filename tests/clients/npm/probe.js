// One client of the original, told by commands what to do. Everything it shows its user is kept for the test to look at.

const EVENTS = ['ping', 'error']

export class Probe {
  constructor(Stream) {
    this.Stream = Stream
    this.followed = new Map()
  }

  open({ address, protocols }) {
    this.stream = new this.Stream(address, { protocols })
  }

  item({ name, stream, group, id }) {
    this.follow(name, this.stream.subscribeItem(stream, group, id))
  }

  group({ name, stream, group, sortKey }) {
    this.follow(name, this.stream.subscribeGroup(stream, group, sortKey))
  }

  follow(name, subscription) {
    const seen = { states: [], events: [] }
    subscription.addChangeListener((state) => seen.states.push(structuredClone(state)))
    for (const type of EVENTS) subscription.onEvent(type, (data) => seen.events.push({ type, data }))
    this.followed.set(name, { seen, subscription })
  }

  seen({ name }) {
    return this.followed.get(name).seen
  }

  leave({ name }) {
    this.followed.get(name).subscription.close()
  }

  close() {
    this.stream?.close()
  }
}
