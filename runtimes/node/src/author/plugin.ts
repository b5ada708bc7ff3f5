import type { MotiaPlugin } from './types/plugins.js'

/** Stands in for every `@motiadev/plugin-*`: the Workbench shows what they added to the original's (CONF-10). */
export default function builtInPlugin(): MotiaPlugin {
  return { workbench: [] }
}

// `require('@motiadev/plugin-states/plugin')` gave the function itself.
export { builtInPlugin as 'module.exports' }
