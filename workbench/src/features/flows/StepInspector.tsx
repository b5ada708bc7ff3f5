import { useQuery } from '@tanstack/react-query'
import { FileCode2, ListTree, Play, ScrollText, X } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { Link } from 'wouter'
import { useEmit, useStartStep } from '../../api/actions'
import { sourceQuery, stepsQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { jsonProblem } from '../../model/httpRequest'
import { sample } from '../../model/jsonSchema'
import type { JsonSchema, Step, Trigger } from '../../model/types'
import { Badge, Button, CopyButton, Facts, IconButton, Loaded, Skeleton } from '../../ui/basics'
import { JsonEditor } from '../../ui/JsonEditor'
import { JsonView } from '../../ui/JsonView'
import { KindIcon, languageName, MethodBadge } from '../../ui/kinds'
import { navigate } from '../../ui/location'
import { Modal, useSay } from '../../ui/overlays'
import { TabView } from '../../ui/TabView'

const CodeView = lazy(() => import('../../ui/CodeView'))

type Props = { name: string; language: string; tab: string | undefined; onTab: (tab: string) => void; onClose: () => void }

export function StepInspector({ name, language, tab, onTab, onClose }: Props) {
  const steps = useQuery(stepsQuery)
  const step = steps.data?.find((each) => each.name === name)
  return (
    <aside className="inspector" aria-label={`Step ${name}`}>
      <div className="inspector-head">
        <KindIcon kind={step?.type ?? 'noop'} size={18} />
        <h2>{name}</h2>
        <IconButton label="Close" icon={X} onClick={onClose} />
      </div>
      {step ? (
        <TabView
          label="Step"
          value={tab ?? 'about'}
          onChange={onTab}
          tabs={[
            { id: 'about', label: 'About', content: <About step={step} language={language} /> },
            { id: 'source', label: 'Source', content: <Source step={step} language={language} /> },
            { id: 'config', label: 'Config', content: <Config step={step} /> },
          ]}
        />
      ) : (
        <Skeleton />
      )}
    </aside>
  )
}

function About({ step, language }: { step: Step; language: string }) {
  const [asking, setAsking] = useState(false)
  return (
    <div className="stack padded">
      {step.description && <p>{step.description}</p>}
      <div className="row wrap">
        <Link className="button" data-look="plain" href={addresses.runs({ step: step.name })}>
          <ListTree size={15} aria-hidden /> Runs
        </Link>
        <Link className="button" data-look="plain" href={addresses.logs({ step: step.name })}>
          <ScrollText size={15} aria-hidden /> Logs
        </Link>
        {step.startable && (
          <Button look="primary" icon={Play} onClick={() => setAsking(true)}>
            Start
          </Button>
        )}
      </div>
      <section>
        <h3>Started by</h3>
        <ul className="plain-list">
          {step.triggers.map((trigger, index) => (
            <li key={index}>
              <TriggerLine trigger={trigger} step={step} />
            </li>
          ))}
        </ul>
      </section>
      {step.emits.length > 0 && (
        <section>
          <h3>Emits</h3>
          <div className="row wrap">
            {step.emits.map((topic) => (
              <Badge key={topic} tone="info">
                {topic}
              </Badge>
            ))}
          </div>
        </section>
      )}
      <Facts
        of={[
          [
            'File',
            <span key="file" className="row">
              <code>
                {step.file}
                {step.line ? `:${step.line}` : ''}
              </code>
              <CopyButton text={step.file} label="Copy path" />
            </span>,
          ],
          ['Language', languageName(language)],
          ['Flows', step.flows.join(', ') || 'default'],
          ['Alias', step.alias],
          ['Atomic', step.atomic ? 'What a run does takes effect with its end, or not at all' : null],
          ['Id', <code key="id">{step.id}</code>],
        ]}
      />
      {asking && <StartDialog step={step} onClose={() => setAsking(false)} />}
    </div>
  )
}

function TriggerLine({ trigger, step }: { trigger: Trigger; step: Step }) {
  const policy = trigger.policy
  switch (trigger.type) {
    case 'http':
      return (
        <Link className="row" href={addresses.endpoint(trigger.method ?? 'GET', trigger.path ?? '/')}>
          <MethodBadge method={trigger.method ?? ''} /> <code>{trigger.path}</code>
        </Link>
      )
    case 'event':
      return (
        <div>
          <div className="row">
            <KindIcon kind="event" /> <code>{trigger.topic}</code>
          </div>
          {policy && <JsonView value={policy} open={0} label="Delivery policy" />}
        </div>
      )
    case 'cron':
      return (
        <Link className="row" href={addresses.cron(step.name)}>
          <KindIcon kind="cron" /> <code>{trigger.expression}</code>{' '}
          {trigger.timezone && <span className="muted">{trigger.timezone}</span>}
        </Link>
      )
    case 'state':
      return (
        <span className="row">
          <KindIcon kind="state" /> changes of state <code>{[trigger.group ?? '*', trigger.key ?? '*'].join(' / ')}</code>
        </span>
      )
    case 'stream':
      return (
        <span className="row">
          <KindIcon kind="stream" /> changes of{' '}
          <code>{[trigger.stream, trigger.group ?? '*', trigger.item ?? '*'].join(' / ')}</code>
        </span>
      )
    default:
      return (
        <span className="row">
          <KindIcon kind="manual" /> by hand, or by another Step
        </span>
      )
  }
}

function Source({ step, language }: { step: Step; language: string }) {
  const source = useQuery(sourceQuery(step.id))
  return (
    <Loaded from={source}>
      {(data) => (
        <>
          <div className="code-file">
            <FileCode2 size={14} aria-hidden /> <code>{step.file}</code> <CopyButton text={data.content} label="Copy source" />
          </div>
          <Suspense fallback={<Skeleton rows={12} />}>
            <CodeView code={data.content} language={language} line={step.line} />
          </Suspense>
        </>
      )}
    </Loaded>
  )
}

function Config({ step }: { step: Step }) {
  const source = useQuery(sourceQuery(step.id))
  return (
    <Loaded from={source}>
      {(data) => (
        <div className="padded">
          <JsonView value={data.config} open={3} label="Config" />
        </div>
      )}
    </Loaded>
  )
}

function StartDialog({ step, onClose }: { step: Step; onClose: () => void }) {
  const event = step.triggers.find((each) => each.type === 'event')
  const schema = step.triggers.map((each) => each.input as JsonSchema | null | undefined).find((each) => each)
  const [text, setText] = useState(() => JSON.stringify(schema ? sample(schema) : {}, null, 2))
  const start = useStartStep()
  const emit = useEmit()
  const say = useSay()
  const problem = jsonProblem(text)
  const began = (answer: { traceId: string }) => {
    onClose()
    say(`${step.name} was started`)
    navigate(addresses.run(answer.traceId))
  }
  const failed = (fault: Error) => say(fault.message, 'bad')
  const data = () => (text.trim() === '' ? null : (JSON.parse(text) as unknown))
  return (
    <Modal
      open
      onClose={onClose}
      title={`Start ${step.name}`}
      description="It runs once with this input, as a delivery of its own: kept, retried and traced like any other."
    >
      <JsonEditor label="Input" value={text} onChange={setText} problem={problem} />
      <div className="dialog-actions">
        {event?.topic && (
          <Button
            disabled={problem !== null || emit.isPending}
            onClick={() => emit.mutate({ topic: event.topic ?? '', data: data() }, { onSuccess: began, onError: failed })}
          >
            Emit {event.topic} to all
          </Button>
        )}
        <Button
          look="primary"
          icon={Play}
          disabled={problem !== null || start.isPending}
          onClick={() => start.mutate({ step: step.name, data: data() }, { onSuccess: began, onError: failed })}
        >
          Start
        </Button>
      </div>
    </Modal>
  )
}
