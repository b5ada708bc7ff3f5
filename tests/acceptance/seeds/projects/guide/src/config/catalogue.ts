let connections = 0

export class Catalogue {
  readonly number = ++connections

  async query(title: string) {
    if (title === 'locked') throw new TypeError('the catalogue is locked')
    return [{ title, copies: 2, connection: this.number }]
  }
}
