// Tells the auditor what happens, and waits until it is on disk.
import { randomUUID } from 'node:crypto'
import { createConnection } from 'node:net'

const waiting: (() => void)[] = []
const connection = createConnection(process.env.FAULTS_LEDGER!)
connection.on('data', (data) => {
  for (const byte of data) if (byte === 10) waiting.shift()!()
})

const note = (record: object): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve)
    connection.write(JSON.stringify(record) + '\n')
  })

export const began = async (id: string, cause = ''): Promise<string> => {
  const run = randomUUID()
  await note({ kind: 'began', id, cause, run, pid: process.pid })
  return run
}

export const effect = (id: string, run: string) => note({ kind: 'effect', id, run, pid: process.pid })
