import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { Stream } from 'motia-stream-client'
import { FakeServer, settled } from './fake-server.js'

const globals = globalThis as any

afterEach(() => {
  delete globals.location
  delete process.env.NEXT_PUBLIC_MOTIA_WS_URL
})

async function reached(address?: string, authToken?: string): Promise<string> {
  const server = new FakeServer()
  const stream = new Stream(address, { WebSocket: server.Socket, ...(authToken === undefined ? {} : { authToken }) })
  stream.subscribeGroup('chat', 'room')
  await settled()
  stream.close()
  return server.last.url
}

test('addresses of all kinds become those of sockets', async () => {
  assert.equal(await reached('ws://a:3000'), 'ws://a:3000/')
  assert.equal(await reached('http://a/live?x=1#here'), 'ws://a/live?x=1')
  assert.equal(await reached('https://a', 'to ken'), 'wss://a/?authToken=to+ken')
  globals.location = { href: 'https://shop.example/cart' }
  assert.equal(await reached('/live'), 'wss://shop.example/live')
})

test('WS-21 without an address the variable is it, else the page', async () => {
  globals.location = { href: 'https://shop.example/cart?x=1' }
  assert.equal(await reached(), 'wss://shop.example/')
  process.env.NEXT_PUBLIC_MOTIA_WS_URL = 'ws://from-next'
  assert.equal(await reached(), 'ws://from-next/')
})

test('no address, or one that is none, is told at once', async () => {
  await assert.rejects(reached(), /There is no address of a Motia server: pass one/)
  await assert.rejects(reached('localhost 3000'), /"localhost 3000" is no address of a Motia server/)
  await assert.rejects(reached('localhost:3000'), /must begin with ws/)
})
