import { expect, it } from 'vitest'
import { flowGraph, loadBySteps, mermaid, NODE_HEIGHT, NODE_WIDTH } from '../flowGraph'
import type { Flow } from '../types'

const step = (id: string) => ({ id, name: id, type: 'event', filePath: `${id}.ts`, language: 'typescript', emits: [] })
const edge = (source: string, target: string, variant = 'event') => ({
  id: `${source}-${target}`,
  source,
  target,
  data: { variant, topic: 't"1', labelVariant: 'default' },
})
const FLOW: Flow = {
  id: 'f',
  name: 'f',
  steps: ['a', 'b', 'c', 'd', 'e'].map(step),
  edges: [edge('a', 'b'), edge('b', 'c'), edge('c', 'a', 'virtual')],
}

it('no two Steps overlap, in circles neither', () => {
  const { nodes } = flowGraph(FLOW)
  for (const one of nodes) {
    for (const other of nodes.filter((each) => each !== one)) {
      expect(Math.abs(one.x - other.x) >= NODE_WIDTH || Math.abs(one.y - other.y) >= NODE_HEIGHT).toBe(true)
    }
  }
})

it('Steps along an arrow stand left to right, single ones below', () => {
  const places = new Map(flowGraph({ ...FLOW, edges: [edge('a', 'b')] }).nodes.map((node) => [node.id, node]))
  expect(places.get('a')?.x).toBeLessThan(places.get('b')?.x ?? 0)
  expect(places.get('d')?.y).toBeGreaterThan(places.get('a')?.y ?? 0)
})

it('handles are drawn only where something arrives or leaves', () => {
  const nodes = flowGraph({ ...FLOW, edges: [edge('a', 'b')] }).nodes
  expect(nodes.map((node) => [node.id, node.hasInput, node.hasOutput])).toEqual([
    ['a', false, true],
    ['b', true, false],
    ['c', false, false],
    ['d', false, false],
    ['e', false, false],
  ])
})

it('the books of several topics add up per Step', () => {
  const row = { topic: 't', step: 'a', accepted: 5, done: 1, pending: 1, leased: 1, dead: 2, discarded: 0, balanced: true }
  expect(loadBySteps([row, { ...row, topic: 'u' }]).get('a')).toEqual({ done: 2, waiting: 2, running: 2, dead: 4 })
})

it('quotes in names do not break the Mermaid diagram', () => {
  expect(mermaid({ ...FLOW, steps: FLOW.steps.slice(0, 2), edges: FLOW.edges.slice(0, 1) })).toBe(
    'flowchart LR\n  n0["a"]\n  n1["b"]\n  n0 -->|"t#quot;1"| n1\n',
  )
})
