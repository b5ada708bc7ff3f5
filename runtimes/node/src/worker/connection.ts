import { Socket, connect } from 'node:net'

/** Opens the socket that the core named, and takes its name out of the environment that Steps and their children see. */
export function openSocket(environment: NodeJS.ProcessEnv): Socket {
  const address = environment.MOTIA_WORKER_SOCKET ?? ''
  const secret = environment.MOTIA_WORKER_SECRET
  for (const name of Object.keys(environment)) if (name.startsWith('MOTIA_WORKER_')) delete environment[name]
  const inherited = /^fd:(\d+)$/.exec(address)
  if (inherited) return new Socket({ fd: Number(inherited[1]), readable: true, writable: true })
  const remote = /^tcp:(.+):(\d+)$/.exec(address)
  if (!remote)
    throw new Error(
      `MOTIA_WORKER_SOCKET must be fd:N or tcp:HOST:PORT, not ${JSON.stringify(address)}; a worker is started by the core`,
    )
  const socket = connect({ host: remote[1]!.replace(/^\[(.*)\]$/, '$1'), port: Number(remote[2]), noDelay: true })
  socket.write(secretBytes(secret))
  return socket
}

/** 32 bytes: as they are, or as 64 hexadecimal digits. */
function secretBytes(secret: string | undefined): Buffer {
  const bytes = Buffer.from(secret ?? '', /^[0-9a-f]{64}$/i.test(secret ?? '') ? 'hex' : 'utf8')
  if (bytes.length !== 32) throw new Error('MOTIA_WORKER_SECRET must be 32 bytes')
  return bytes
}
