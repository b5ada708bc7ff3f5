import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameReader, FrameWriter, ProtocolError } from '../dist/worker/frames.js'

function collect() {
  const frames: [Record<string, any>, string][] = []
  return { frames, reader: new FrameReader((header, body) => frames.push([header, body.toString()])) }
}

function encode(...frames: [string, (string | Uint8Array | null)?][]): Buffer {
  const written: Buffer[] = []
  const writer = new FrameWriter((bytes) => written.push(Buffer.from(bytes)))
  for (const [header, body] of frames) writer.frame(header, body)
  writer.flush()
  return Buffer.concat(written)
}

test('frames survive being cut anywhere', () => {
  const bytes = encode(['{"t":"a","x":"ä€😀"}', 'body ✓'], ['{"t":"b"}'], ['{"t":"c"}', Buffer.from([0, 1, 2])])
  for (let size = 1; size <= bytes.length; size++) {
    const { frames, reader } = collect()
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
    assert.deepEqual(frames, [
      [{ t: 'a', x: 'ä€😀' }, 'body ✓'],
      [{ t: 'b' }, ''],
      [{ t: 'c' }, '\0\x01\x02'],
    ])
  }
})

test('bodies larger than the page keep their order', () => {
  const large = 'x'.repeat(200_000)
  const { frames, reader } = collect()
  reader.push(
    encode(
      ['{"t":"a"}', 'first'],
      ['{"t":"b"}', large],
      ['{"t":"c"}', Buffer.from(large)],
      [JSON.stringify({ t: 'd', large }), 'last'],
    ),
  )
  assert.deepEqual(
    frames.map(([header, body]) => [header.t, body.length]),
    [
      ['a', 5],
      ['b', 200_000],
      ['c', 200_000],
      ['d', 4],
    ],
  )
})

test('pages handed to the socket are not written again', () => {
  const written: Buffer[] = []
  const writer = new FrameWriter((bytes) => written.push(bytes))
  for (let n = 0; n < 5000; n++) writer.frame(`{"t":"n","n":${n}}`, 'y'.repeat(100))
  writer.flush()
  const { frames, reader } = collect()
  for (const bytes of written) reader.push(bytes)
  assert.deepEqual(
    frames.map(([header]) => header.n),
    Array.from({ length: 5000 }, (_, n) => n),
  )
})

test('one turn of the loop is one write', async () => {
  const written: Buffer[] = []
  const writer = new FrameWriter((bytes) => written.push(bytes))
  writer.frame('{"t":"a"}')
  await Promise.resolve()
  writer.frame('{"t":"b"}')
  assert.equal(written.length, 0)
  await new Promise(setImmediate)
  assert.equal(written.length, 1)
})

test('broken frames are protocol errors', () => {
  const broken = (bytes: Buffer) => assert.throws(() => collect().reader.push(bytes), ProtocolError)
  broken(encode(['[1]']))
  broken(encode(['nonsense']))
  broken(Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0]))
  broken(Buffer.from([0, 0, 0, 2, 0xff, 0, 0, 0]))
})
