import {
  Background,
  BackgroundVariant,
  Controls,
  MarkerType,
  MiniMap,
  ReactFlow,
  type Edge,
  type ReactFlowInstance,
} from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useEffect, useMemo, useState } from 'react'
import { NODE_HEIGHT, NODE_WIDTH, type FlowGraph, type Load } from '../../model/flowGraph'
import { useDark } from '../../ui/theme'
import { StepNode, type StepGraphNode } from './StepNode'

type Props = {
  graph: FlowGraph
  loads: Map<string, Load>
  statuses: Map<string, string> | null
  search: string
  selected: string | undefined
  onSelect: (step: string | undefined) => void
}

const NODE_TYPES = { step: StepNode }
const FIT = { padding: 0.12, maxZoom: 1.1, duration: 150 }

export function FlowCanvas({ graph, loads, statuses, search, selected, onSelect }: Props) {
  const dark = useDark()
  const [instance, setInstance] = useState<ReactFlowInstance<StepGraphNode> | null>(null)
  const beside = selected !== undefined
  useEffect(() => {
    // The inspector takes room: once it has, all Steps are to be seen again.
    const timer = setTimeout(() => void instance?.fitView(FIT), 60)
    return () => clearTimeout(timer)
  }, [instance, beside])
  const nodes = useMemo(
    () =>
      graph.nodes.map((placed): StepGraphNode => {
        const matches = placed.step.name.toLowerCase().includes(search.toLowerCase())
        return {
          id: placed.id,
          type: 'step',
          width: NODE_WIDTH,
          height: NODE_HEIGHT,
          position: { x: placed.x, y: placed.y },
          selected: placed.step.name === selected,
          ariaLabel: `${placed.step.name}, ${placed.step.type} Step`,
          data: {
            placed,
            load: loads.get(placed.step.name),
            status: statuses?.get(placed.step.name),
            dimmed: !matches || (statuses !== null && !statuses.has(placed.step.name)),
          },
        }
      }),
    [graph, loads, statuses, search, selected],
  )
  const edges = useMemo(() => {
    const nameById = new Map(graph.nodes.map((node) => [node.id, node.step.name]))
    return graph.edges.map((edge): Edge => {
      const ran =
        statuses !== null && statuses.has(nameById.get(edge.source) ?? '') && statuses.has(nameById.get(edge.target) ?? '')
      return {
        id: edge.id,
        source: edge.source,
        target: edge.target,
        label: edge.label,
        type: 'smoothstep',
        animated: statuses ? ran : edge.variant === 'event',
        className: `edge edge-${edge.variant}${edge.conditional ? ' edge-conditional' : ''}${statuses && !ran ? ' edge-dimmed' : ''}`,
        markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16 },
        focusable: false,
      }
    })
  }, [graph, statuses])
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      colorMode={dark ? 'dark' : 'light'}
      fitView
      fitViewOptions={FIT}
      minZoom={0.1}
      nodesConnectable={false}
      nodesDraggable={false}
      proOptions={{ hideAttribution: true }}
      onNodeClick={(_, node) => onSelect(node.data.placed.step.name)}
      onPaneClick={() => onSelect(undefined)}
      onNodesChange={(changes) => {
        const chosen = changes.find((change) => change.type === 'select' && change.selected)
        const node = graph.nodes.find((each) => chosen?.type === 'select' && each.id === chosen.id)
        if (node) onSelect(node.step.name)
      }}
      onInit={setInstance}
    >
      <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} />
      <Controls showInteractive={false} />
      <MiniMap
        pannable
        zoomable
        nodeClassName={(node) => `minimap-${(node as StepGraphNode).data.placed.step.type}`}
        ariaLabel="Overview of the flow"
      />
    </ReactFlow>
  )
}
