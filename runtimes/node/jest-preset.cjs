// `preset: 'motia'` in a jest config: TypeScript without a build, and every name of this runtime means it (PRJ-13).
// jest runs ES modules only with NODE_OPTIONS=--experimental-vm-modules.
const { join } = require('node:path')

const dist = join(__dirname, 'dist')
const author = join(dist, 'author', 'index.js')

module.exports = {
  extensionsToTreatAsEsm: ['.ts', '.mts'],
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts', 'json', 'node'],
  testMatch: ['**/__tests__/**/*.?(c|m)[jt]s', '**/?(*.)+(spec|test).?(c|m)[jt]s'],
  transform: { '\\.[cm]?ts$': join(dist, 'runners', 'jest-transform.js') },
  moduleNameMapper: {
    '^(?:motia|@motia/core|@motiadev/core)$': author,
    '^motia/workbench$': join(dist, 'author', 'workbench.js'),
    '^(?:motia/test|@motiadev/test)$': join(dist, 'test', 'index.js'),
    '^@motiadev/adapter-.*$': join(dist, 'author', 'adapters.js'),
    '^@motiadev/plugin-.*$': join(dist, 'author', 'plugin.js'),
  },
}
