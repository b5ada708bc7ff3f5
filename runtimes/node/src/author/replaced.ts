/** Names of the original's engine. They can be imported; using one says what takes its place (CTX-20). */

function replaced(name: string, instead: string): never {
  throw new Error(`${name} belongs to another engine and does nothing here: ${instead}`)
}

const STARTS_ITSELF = 'the core connects its workers itself; remove the call'

export function initIII(..._args: unknown[]): never {
  return replaced('initIII', STARTS_ITSELF)
}

export function getInstance(..._args: unknown[]): never {
  return replaced('getInstance', 'use emit, stateManager and Stream from "motia"')
}

export function setupStepEndpoint(..._args: unknown[]): never {
  return replaced('setupStepEndpoint', 'the core serves the Steps it finds; remove the call')
}

export class Motia {
  constructor(..._args: unknown[]) {
    replaced('new Motia()', 'export Steps from files and run "motia dev"')
  }
}
