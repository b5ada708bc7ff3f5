import { createHash } from 'node:crypto'
import { isAbsolute, relative, sep } from 'node:path'

const NAMESPACE = Buffer.from('7f1c3ff29b004d0abdd7efb8bca49d4f', 'hex')

/** The id of a Step file: a UUIDv5 of its path relative to the project root, so it does not change when a project moves. */
export function generateStepId(file: string): string {
  const root = process.env.MOTIA_PROJECT_ROOT ?? process.cwd()
  const path = (isAbsolute(file) ? relative(root, file) : file).split(sep).join('/')
  const hash = createHash('sha1').update(NAMESPACE).update(path).digest().subarray(0, 16)
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
