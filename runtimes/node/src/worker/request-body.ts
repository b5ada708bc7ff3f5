/** `[body, rawBody]` by the core's reading of the body. */
export function readBody(header: Record<string, any>, bytes: Buffer): [unknown, unknown] {
  // A manual start has the body of a request and nothing else of it.
  const kind: string = header.bodyKind ?? (bytes.length > 0 ? 'json' : 'none')
  switch (kind) {
    case 'none':
      return [{}, '']
    case 'form': {
      const length: number = header.rawLength ?? bytes.length
      return [JSON.parse(bytes.toString('utf8', 0, length)), bytes.toString('utf8', length)]
    }
    case 'text': {
      const text = bytes.toString('utf8')
      return [text, text]
    }
    case 'bytes':
      return [bytes, bytes]
    default: {
      const text = bytes.toString('utf8')
      return [JSON.parse(text), text]
    }
  }
}

/** The bytes the client sent. */
export function rawBytes({ bodyKind, rawLength }: Record<string, any>, bytes: Buffer): Buffer {
  return bodyKind === 'form' ? bytes.subarray(rawLength ?? 0) : bytes
}
