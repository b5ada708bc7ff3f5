// A flow as boxes and arrows with places. The drawing is somebody else's.
import dagre from '@dagrejs/dagre'
import type { Books, Flow, FlowNode } from './types'

export const NODE_WIDTH = 248
export const NODE_HEIGHT = 104

export type PlacedNode = { id: string; x: number; y: number; step: FlowNode; hasInput: boolean; hasOutput: boolean }
export type GraphEdge = {
  id: string
  source: string
  target: string
  label: string
  variant: 'event' | 'virtual' | 'undeclared'
  conditional: boolean
}
export type FlowGraph = { nodes: PlacedNode[]; edges: GraphEdge[] }

export function flowGraph(flow: Flow): FlowGraph {
  const edges = flow.edges.map((edge) => ({
    id: edge.id,
    source: edge.source,
    target: edge.target,
    label: edge.data.label ?? edge.data.topic,
    variant: edge.data.variant as GraphEdge['variant'],
    conditional: edge.data.labelVariant === 'conditional',
  }))
  const places = layout(flow.steps, edges)
  const nodes = flow.steps.map((step) => ({
    id: step.id,
    step,
    ...(places.get(step.id) ?? { x: 0, y: 0 }),
    hasInput: edges.some((edge) => edge.target === step.id),
    hasOutput: edges.some((edge) => edge.source === step.id),
  }))
  return { nodes, edges }
}

/** Left to right along the arrows; Steps without any stand below in rows, so that a flow of many single Steps stays compact. */
function layout(steps: FlowNode[], edges: GraphEdge[]): Map<string, { x: number; y: number }> {
  const connected = new Set(edges.flatMap((edge) => [edge.source, edge.target]))
  const graph = new dagre.graphlib.Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 36, ranksep: 100 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const step of steps) if (connected.has(step.id)) graph.setNode(step.id, { width: NODE_WIDTH, height: NODE_HEIGHT })
  for (const edge of edges) graph.setEdge(edge.source, edge.target)
  dagre.layout(graph)
  const places = new Map<string, { x: number; y: number }>()
  let bottom = 0
  for (const id of graph.nodes()) {
    const { x, y } = graph.node(id) as { x: number; y: number }
    places.set(id, { x: x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 })
    bottom = Math.max(bottom, y + NODE_HEIGHT / 2 + 56)
  }
  const single = steps.filter((step) => !connected.has(step.id))
  const columns = Math.max(3, Math.ceil(Math.sqrt(single.length)))
  single.forEach((step, index) => {
    places.set(step.id, {
      x: (index % columns) * (NODE_WIDTH + 56),
      y: bottom + Math.floor(index / columns) * (NODE_HEIGHT + 36),
    })
  })
  return places
}

export type Load = { done: number; waiting: number; running: number; dead: number }

/** What the queue's books say about each Step. */
export function loadBySteps(books: Books[]): Map<string, Load> {
  const loads = new Map<string, Load>()
  for (const row of books) {
    const load = loads.get(row.step) ?? { done: 0, waiting: 0, running: 0, dead: 0 }
    loads.set(row.step, {
      done: load.done + row.done,
      waiting: load.waiting + row.pending,
      running: load.running + row.leased,
      dead: load.dead + row.dead,
    })
  }
  return loads
}

/** The flow as a Mermaid diagram. */
export function mermaid(flow: Flow): string {
  const name = new Map(flow.steps.map((step, index) => [step.id, `n${index}`]))
  const quoted = (text: string) => `"${text.replaceAll('"', '#quot;')}"`
  const nodes = flow.steps.map((step) => `  ${name.get(step.id) ?? ''}[${quoted(step.name)}]`)
  const edges = flow.edges.map(
    (edge) =>
      `  ${name.get(edge.source) ?? ''} -->|${quoted(edge.data.label ?? edge.data.topic)}| ${name.get(edge.target) ?? ''}`,
  )
  return ['flowchart LR', ...nodes, ...edges, ''].join('\n')
}

export const topicName = (topic: FlowNode['emits'][number]) => (typeof topic === 'string' ? topic : topic.topic)
