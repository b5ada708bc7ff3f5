export * from '../../dist/test/index.js'
