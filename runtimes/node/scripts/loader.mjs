import { installLoader } from '../dist/loader/install.js'

await installLoader(undefined)
