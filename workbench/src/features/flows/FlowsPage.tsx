import { useQuery } from '@tanstack/react-query'
import { Download, Workflow, X } from 'lucide-react'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { booksQuery, flowsQuery, traceQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { flowGraph, loadBySteps, mermaid } from '../../model/flowGraph'
import { plural } from '../../model/format'
import { stepStatuses } from '../../model/traceTree'
import type { Flow } from '../../model/types'
import { Button, Empty, Loaded, PageHeader, Select } from '../../ui/basics'
import { navigate, useQueryParams } from '../../ui/location'
import { saveFile } from '../../ui/saveFile'
import { FlowCanvas } from './FlowCanvas'
import { StepInspector } from './StepInspector'

export default function FlowsPage({ name }: { name?: string | undefined }) {
  const flows = useQuery(flowsQuery)
  return (
    <Loaded from={flows}>
      {(all) => {
        // The largest flow first: the default one often holds only what nobody sorted.
        const flow = all.find((each) => each.name === name) ?? [...all].sort((a, b) => b.steps.length - a.steps.length)[0]
        if (!flow) {
          return (
            <Empty icon={Workflow} title="No Steps yet">
              Put a file into <code>steps/</code> and it appears here as you save it.
            </Empty>
          )
        }
        return <FlowView flow={flow} all={all} />
      }}
    </Loaded>
  )
}

function FlowView({ flow, all }: { flow: Flow; all: Flow[] }) {
  const [query, setQuery] = useQueryParams()
  const books = useQuery(booksQuery)
  const run = useQuery({ ...traceQuery(query.run ?? ''), enabled: query.run !== undefined })
  const graph = useMemo(() => flowGraph(flow), [flow])
  const loads = useMemo(() => loadBySteps(books.data?.ledger ?? []), [books.data])
  const statuses = useMemo(() => (query.run && run.data ? stepStatuses(run.data.spans) : null), [query.run, run.data])
  const step = flow.steps.find((each) => each.name === query.step)
  return (
    <div className="page">
      <PageHeader title="Flows" subtitle={`${plural(flow.steps.length, 'Step')}, ${plural(flow.edges.length, 'connection')}`}>
        <Select
          label="Flow"
          value={flow.name}
          onChange={(next) => navigate(addresses.flow(next))}
          options={all.map((each) => [each.name, `${each.name} (${each.steps.length})`])}
        />
        <input
          className="input"
          type="search"
          data-search
          placeholder="Find a Step"
          aria-label="Find a Step"
          value={query.find ?? ''}
          onChange={(event) => setQuery({ find: event.target.value })}
        />
        <Button icon={Download} onClick={() => saveFile(`${flow.name}.mmd`, mermaid(flow), 'text/plain')}>
          Mermaid
        </Button>
      </PageHeader>
      {query.run && (
        <div className="banner">
          <span>
            Showing run{' '}
            <Link href={addresses.run(query.run)}>
              <code>{query.run.slice(0, 8)}</code>
            </Link>
            {run.error && `: ${run.error.message}`}
          </span>
          <Button look="ghost" icon={X} onClick={() => setQuery({ run: undefined })}>
            Leave
          </Button>
        </div>
      )}
      <div className="flow-area">
        <div className="flow-canvas">
          <FlowCanvas
            key={flow.id}
            graph={graph}
            loads={loads}
            statuses={statuses}
            search={query.find ?? ''}
            selected={step?.name}
            onSelect={(next) => setQuery({ step: next, ...(next ? {} : { tab: undefined }) })}
          />
        </div>
        {step && (
          <StepInspector
            name={step.name}
            language={step.language}
            tab={query.tab}
            onTab={(tab) => setQuery({ tab })}
            onClose={() => setQuery({ step: undefined, tab: undefined })}
          />
        )}
      </div>
    </div>
  )
}
