import { createRequire } from 'node:module'

export type Oxc = typeof import('oxc-transform')

/** Loads the TypeScript transform. Its native part comes as one package per platform, which an installation may lack. */
export function loadOxc(): Oxc {
  try {
    return createRequire(import.meta.url)('oxc-transform') as Oxc
  } catch (cause) {
    throw new Error('TypeScript cannot be read: the package oxc-transform or its build for this platform is not installed', {
      cause,
    })
  }
}
