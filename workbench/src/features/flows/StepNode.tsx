import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo } from 'react'
import { count } from '../../model/format'
import type { Load, PlacedNode } from '../../model/flowGraph'
import { KindIcon, kindLabel, LanguageMark, MethodBadge } from '../../ui/kinds'

export type StepNodeData = { placed: PlacedNode; load: Load | undefined; status: string | undefined; dimmed: boolean }
export type StepGraphNode = Node<StepNodeData, 'step'>

export const StepNode = memo(function StepNode({ data, selected }: NodeProps<StepGraphNode>) {
  const { step, hasInput, hasOutput } = data.placed
  return (
    <div
      className="node"
      data-hue={step.type}
      data-selected={selected || undefined}
      data-status={data.status}
      data-dimmed={data.dimmed || undefined}
    >
      {hasInput && <Handle type="target" position={Position.Left} isConnectable={false} />}
      <div className="node-head">
        <KindIcon kind={step.type} />
        <span className="node-name">{step.name}</span>
        <LanguageMark language={step.language} />
      </div>
      <div className="node-text">{step.description ?? `${kindLabel(step.type)} Step`}</div>
      <div className="node-foot">
        <Trigger step={step} />
        <Counters load={data.load} />
      </div>
      {hasOutput && <Handle type="source" position={Position.Right} isConnectable={false} />}
    </div>
  )
})

function Trigger({ step }: { step: PlacedNode['step'] }) {
  if (step.webhookUrl) {
    const [method = '', path = ''] = step.webhookUrl.split(' ', 2)
    return (
      <span className="node-trigger">
        <MethodBadge method={method} /> <code>{path}</code>
      </span>
    )
  }
  const text = step.cronExpression ?? step.subscribes?.join(', ')
  return <span className="node-trigger">{text ? <code>{text}</code> : <span className="muted">by hand</span>}</span>
}

function Counters({ load }: { load: Load | undefined }) {
  if (!load) return null
  return (
    <span className="node-counters">
      {load.running > 0 && (
        <span data-tone="info" title="running">
          {count(load.running)} ▸
        </span>
      )}
      {load.waiting > 0 && (
        <span data-tone="warn" title="waiting">
          {count(load.waiting)} ⋯
        </span>
      )}
      {load.dead > 0 && (
        <span data-tone="bad" title="dead letters">
          {count(load.dead)} ✕
        </span>
      )}
      {load.done > 0 && (
        <span data-tone="good" title="done">
          {count(load.done)} ✓
        </span>
      )}
    </span>
  )
}
