import { FileCode2, Play } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { ROOT } from '../../api/client'
import { addresses } from '../../model/addresses'
import {
  curl,
  jsonProblem,
  METHODS_WITH_BODY,
  missingParameters,
  pathParameters,
  target,
  type NameValue,
  type RequestDraft,
} from '../../model/httpRequest'
import { sample } from '../../model/jsonSchema'
import type { JsonSchema } from '../../model/types'
import { Button, CopyButton, Field } from '../../ui/basics'
import { JsonView } from '../../ui/JsonView'
import { MethodBadge } from '../../ui/kinds'
import { TabView } from '../../ui/TabView'
import { BodyForm } from './BodyForm'
import { send, type Reply } from './send'
import type { Endpoint } from './endpoints'
import { ReplyView } from './ReplyView'
import { useHistory } from './history'

const ORIGIN = ROOT.replace(/\/$/, '')

function firstDraft({ method, path, trigger }: Endpoint): RequestDraft {
  const body = trigger.schemas?.body as JsonSchema | undefined
  const hasBody = METHODS_WITH_BODY.has(method)
  return {
    method,
    path,
    params: {},
    query: (trigger.queryParams ?? []).map((each) => ({ name: each.name ?? '', value: '', on: false })),
    headers: hasBody ? [{ name: 'Content-Type', value: 'application/json', on: true }] : [],
    body: hasBody ? (body ? JSON.stringify(sample(body), null, 2) : method === 'DELETE' ? '' : '{}') : '',
  }
}

export function EndpointCaller({ endpoint }: { endpoint: Endpoint }) {
  const { method, path, step, trigger } = endpoint
  const { past, remember, clear } = useHistory(`${method} ${path}`)
  const [draft, setDraft] = useState<RequestDraft>(() => ({ ...(past[0]?.draft ?? firstDraft(endpoint)), method, path }))
  const [reply, setReply] = useState<Reply | null>(null)
  const [sending, setSending] = useState(false)
  const [tab, setTab] = useState(METHODS_WITH_BODY.has(method) ? 'body' : 'params')
  const change = (part: Partial<RequestDraft>) => setDraft((known) => ({ ...known, ...part }))
  const problem = jsonProblem(draft.body)
  const missing = missingParameters(draft)
  const run = async () => {
    setSending(true)
    const answer = await send(draft, ORIGIN)
    setReply(answer)
    setSending(false)
    remember({ draft, status: answer.status, at: Date.now(), traceId: answer.traceId })
  }
  const schemas = Object.entries({
    ...trigger.schemas,
    ...Object.fromEntries(Object.entries(trigger.responses ?? {}).map(([status, schema]) => [`response ${status}`, schema])),
  })
  return (
    <section className="caller" aria-label={`${method} ${path}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (missing.length === 0) void run()
        }}
      >
        <div className="caller-address">
          <MethodBadge method={method} />
          <code className="clip">{target(draft)}</code>
          <CopyButton text={ORIGIN + target(draft)} label="Copy address" />
          <Button
            type="submit"
            look="primary"
            icon={Play}
            disabled={sending || missing.length > 0}
            title={missing.length ? `Fill in ${missing.join(', ')}` : undefined}
          >
            {sending ? 'Sending…' : 'Send'}
          </Button>
        </div>
        <div className="row wrap caller-about">
          {step.description && <span className="muted">{step.description}</span>}
          <Link className="push row" href={addresses.step(step.flows[0], step.name, 'source')}>
            <FileCode2 size={14} aria-hidden /> {step.file}
          </Link>
        </div>
        <TabView
          label="Request"
          value={tab}
          onChange={setTab}
          tabs={[
            { id: 'params', label: 'Parameters', content: <Parameters draft={draft} endpoint={endpoint} change={change} /> },
            ...(METHODS_WITH_BODY.has(method)
              ? [
                  {
                    id: 'body',
                    label: 'Body',
                    content: (
                      <BodyForm
                        schema={trigger.schemas?.body as JsonSchema | undefined}
                        text={draft.body}
                        problem={problem}
                        onChange={(body) => change({ body })}
                      />
                    ),
                  },
                ]
              : []),
            {
              id: 'headers',
              label: `Headers ${draft.headers.filter((each) => each.on).length || ''}`,
              content: <Pairs what="header" pairs={draft.headers} onChange={(headers) => change({ headers })} />,
            },
            { id: 'curl', label: 'cURL', content: <Command text={curl(draft, ORIGIN)} /> },
            {
              id: 'schema',
              label: 'Schemas',
              content: schemas.length ? (
                <div className="stack padded">
                  {schemas.map(([name, schema]) => (
                    <section key={name}>
                      <h3>{name}</h3>
                      <JsonView value={schema} open={4} label={name} />
                    </section>
                  ))}
                </div>
              ) : (
                <p className="muted padded">This Step declares none.</p>
              ),
            },
            {
              id: 'history',
              label: `History ${past.length || ''}`,
              content: <Past past={past} onUse={(each) => setDraft({ ...each, method, path })} onClear={clear} />,
            },
          ]}
        />
      </form>
      <ReplyView reply={reply} sending={sending} />
    </section>
  )
}

function Parameters({
  draft,
  endpoint,
  change,
}: {
  draft: RequestDraft
  endpoint: Endpoint
  change: (part: Partial<RequestDraft>) => void
}) {
  const names = pathParameters(draft.path)
  return (
    <div className="stack padded">
      {names.map((name) => (
        <Field key={name} label={`${name} (in the path)`}>
          <input
            className="input"
            required
            value={draft.params[name] ?? ''}
            onChange={(event) => change({ params: { ...draft.params, [name]: event.target.value } })}
          />
        </Field>
      ))}
      <h3>Query</h3>
      <Pairs
        what="query parameter"
        pairs={draft.query}
        hints={new Map((endpoint.trigger.queryParams ?? []).map((each) => [each.name ?? '', each.description ?? '']))}
        onChange={(query) => change({ query })}
        bare
      />
    </div>
  )
}

function Pairs({
  what,
  pairs,
  hints = new Map(),
  onChange,
  bare,
}: {
  what: string
  pairs: NameValue[]
  hints?: Map<string, string>
  onChange: (pairs: NameValue[]) => void
  bare?: boolean
}) {
  const set = (at: number, part: Partial<NameValue>) =>
    onChange(pairs.map((each, index) => (index === at ? { ...each, ...part } : each)))
  return (
    <div className={bare ? 'stack' : 'stack padded'}>
      {pairs.map((pair, index) => (
        <div key={index} className="pair">
          <input
            type="checkbox"
            aria-label={`Send ${what} ${pair.name}`}
            checked={pair.on}
            onChange={(event) => set(index, { on: event.target.checked })}
          />
          <input
            className="input"
            aria-label={`Name of ${what} ${index + 1}`}
            placeholder="Name"
            value={pair.name}
            onChange={(event) => set(index, { name: event.target.value })}
          />
          <input
            className="input"
            aria-label={`Value of ${what} ${index + 1}`}
            placeholder={hints.get(pair.name) ?? 'Value'}
            value={pair.value}
            onChange={(event) => set(index, { value: event.target.value, on: true })}
          />
          <Button look="ghost" onClick={() => onChange(pairs.filter((_, at) => at !== index))}>
            Remove
          </Button>
        </div>
      ))}
      <div>
        <Button onClick={() => onChange([...pairs, { name: '', value: '', on: true }])}>Add {what}</Button>
      </div>
    </div>
  )
}

function Command({ text }: { text: string }) {
  return (
    <div className="command padded">
      <pre>{text}</pre>
      <CopyButton text={text} label="Copy cURL" />
    </div>
  )
}

type PastCall = ReturnType<typeof useHistory>['past'][number]

function Past({ past, onUse, onClear }: { past: PastCall[]; onUse: (draft: RequestDraft) => void; onClear: () => void }) {
  if (past.length === 0) return <p className="muted padded">Calls made from here are kept in this browser.</p>
  return (
    <div className="stack padded">
      <ul className="plain-list">
        {past.map((each) => (
          <li key={each.at} className="row">
            <code>{each.status || '—'}</code>
            <span className="clip muted">
              {new Date(each.at).toLocaleTimeString()} {each.draft.body.replace(/\s+/g, ' ').slice(0, 60)}
            </span>
            <span className="push row">
              {each.traceId && <Link href={addresses.run(each.traceId)}>Run</Link>}
              <Button look="ghost" onClick={() => onUse(each.draft)}>
                Use again
              </Button>
            </span>
          </li>
        ))}
      </ul>
      <div>
        <Button onClick={onClear}>Clear history</Button>
      </div>
    </div>
  )
}
