import { useQuery } from '@tanstack/react-query'
import { FileCode2, ListTree, PartyPopper, RotateCcw, SearchX, Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { discard, redrive, useDiscard, useRedrive, type Choice } from '../../api/actions'
import { deadLetterQuery, deadLettersQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { moment, plural, relative } from '../../model/format'
import type { DeadLetter } from '../../model/types'
import { Badge, Button, Empty, Facts, IconButton, Loaded } from '../../ui/basics'
import { DataTable, type Column } from '../../ui/DataTable'
import { JsonView } from '../../ui/JsonView'
import { navigate, useQueryParams } from '../../ui/location'
import { Confirm, useSay, type Question } from '../../ui/overlays'
import { useNow } from '../../ui/time'

const COLUMNS: Column<DeadLetter>[] = [
  {
    id: 'step',
    header: 'Step',
    accessorKey: 'step',
    meta: { width: 'minmax(110px, 1fr)' },
    cell: ({ row }) => <strong className="clip">{row.original.step}</strong>,
  },
  {
    id: 'topic',
    header: 'Topic',
    accessorKey: 'topic',
    meta: { width: 'minmax(110px, 1fr)', hideOnPhone: true },
    cell: ({ row }) => <code className="clip">{row.original.topic ?? row.original.kind}</code>,
  },
  {
    id: 'error',
    header: 'Error',
    enableSorting: false,
    meta: { width: 'minmax(140px, 2fr)' },
    cell: ({ row }) => (
      <span className="clip bad">
        {row.original.error.name}: {row.original.error.message}
      </span>
    ),
  },
  {
    id: 'reason',
    header: 'Reason',
    accessorKey: 'reason',
    meta: { width: '120px', hideOnPhone: true },
    cell: ({ row }) => <Badge>{row.original.reason}</Badge>,
  },
  { id: 'attempt', header: 'Attempts', accessorKey: 'attempt', meta: { width: '90px', align: 'right', hideOnPhone: true } },
  {
    id: 'failedAt',
    header: 'Failed',
    accessorKey: 'failedAt',
    meta: { width: '110px', align: 'right' },
    cell: ({ row }) => <Ago at={row.original.failedAt} />,
  },
]

function Ago({ at }: { at: number }) {
  const now = useNow()
  return <time title={moment(at)}>{relative(at, now)}</time>
}

/** Asks the core first how many it would touch, and says so before it does. */
function useVerbs() {
  const [question, setQuestion] = useState<Question | null>(null)
  const doRedrive = useRedrive()
  const doDiscard = useDiscard()
  const say = useSay()
  const failed = (fault: Error) => say(fault.message, 'bad')
  const where = (choice: Choice) =>
    choice.ids ? '' : [choice.step && ` of ${choice.step}`, choice.topic && ` on ${choice.topic}`].filter(Boolean).join('')
  const ask = async (verb: 'redrive' | 'discard', choice: Choice, then?: () => void) => {
    try {
      const number = await (verb === 'redrive' ? redrive : discard)({ ...choice, dryRun: true })
      const what = plural(number, 'dead letter') + where(choice)
      const done = () => {
        say(`${verb === 'redrive' ? 'Redriven' : 'Discarded'}: ${what}`)
        then?.()
      }
      setQuestion(
        verb === 'redrive'
          ? {
              title: `Redrive ${what}?`,
              text: 'They get all their attempts again and run as soon as there is room, with the payload they were accepted with.',
              action: `Redrive ${number}`,
              onConfirm: () => doRedrive.mutate(choice, { onSuccess: done, onError: failed }),
            }
          : {
              title: `Discard ${what}?`,
              text: 'They are dropped for good, payloads included. The ledger keeps counting them as discarded.',
              action: `Discard ${number}`,
              danger: true,
              onConfirm: () => doDiscard.mutate(choice, { onSuccess: done, onError: failed }),
            },
      )
    } catch (fault) {
      failed(fault as Error)
    }
  }
  return { ask, dialog: <Confirm question={question} onClose={() => setQuestion(null)} /> }
}

export function DeadLetters({ id }: { id: string | undefined }) {
  const [query, setQuery] = useQueryParams()
  const where = { ...(query.step ? { step: query.step } : {}), ...(query.topic ? { topic: query.topic } : {}) }
  const found = useQuery(deadLettersQuery(where))
  const verbs = useVerbs()
  return (
    <>
      <Loaded from={found}>
        {(rows) =>
          rows.length === 0 && !id ? (
            <Empty icon={PartyPopper} title={query.step ? `No dead letters of ${query.step}` : 'No dead letters'}>
              {query.step ? (
                <Button onClick={() => setQuery({ step: undefined, topic: undefined })}>Show all</Button>
              ) : (
                'What fails in all its attempts is kept here, with its payload, until somebody decides.'
              )}
            </Empty>
          ) : (
            <>
              <div className="row wrap toolbar">
                {query.step && (
                  <span className="chip">
                    {query.step}
                    <IconButton label="Show all Steps" icon={X} onClick={() => setQuery({ step: undefined })} />
                  </span>
                )}
                <span className="muted">{rows.length === 1000 ? 'The latest 1,000' : plural(rows.length, 'dead letter')}</span>
                <span className="push row">
                  <Button icon={RotateCcw} onClick={() => void verbs.ask('redrive', where)}>
                    Redrive all{query.step ? ` of ${query.step}` : ''}
                  </Button>
                  <Button icon={Trash2} onClick={() => void verbs.ask('discard', where)}>
                    Discard all{query.step ? ` of ${query.step}` : ''}
                  </Button>
                </span>
              </div>
              <div className="with-side">
                <DataTable
                  label="Dead letters"
                  rows={rows}
                  columns={COLUMNS}
                  rowId={(each) => each.id}
                  selected={id}
                  onOpen={(each) =>
                    navigate(`${addresses.deadLetter(each.id)}${query.step ? `?step=${encodeURIComponent(query.step)}` : ''}`)
                  }
                />
                {id && <Letter id={id} ask={verbs.ask} />}
              </div>
            </>
          )
        }
      </Loaded>
      {verbs.dialog}
    </>
  )
}

function Letter({ id, ask }: { id: string; ask: ReturnType<typeof useVerbs>['ask'] }) {
  const found = useQuery({ ...deadLetterQuery(id), retry: false })
  const close = () => navigate(addresses.deadLetters())
  return (
    <aside className="inspector" aria-label="Dead letter">
      <div className="inspector-head">
        <h2 className="clip">{found.data?.step ?? 'Dead letter'}</h2>
        <IconButton label="Close" icon={X} onClick={close} />
      </div>
      {found.error ? (
        <Empty icon={SearchX} title="It is no longer here">
          It was redriven or discarded.
        </Empty>
      ) : (
        <Loaded from={found}>
          {(letter) => <Contents letter={letter} ask={(verb) => void ask(verb, { ids: [letter.id] }, close)} />}
        </Loaded>
      )}
    </aside>
  )
}

function Contents({ letter, ask }: { letter: DeadLetter; ask: (verb: 'redrive' | 'discard') => void }) {
  return (
    <div className="stack padded">
      <div className="row wrap">
        <Button look="primary" icon={RotateCcw} onClick={() => ask('redrive')}>
          Redrive
        </Button>
        <Button look="danger" icon={Trash2} onClick={() => ask('discard')}>
          Discard
        </Button>
        {letter.traceId && (
          <Link className="button" data-look="plain" href={addresses.run(letter.traceId)}>
            <ListTree size={15} aria-hidden /> Run
          </Link>
        )}
        <Link className="button" data-look="plain" href={addresses.step(undefined, letter.step, 'source')}>
          <FileCode2 size={15} aria-hidden /> Code
        </Link>
      </div>
      <div className="error-box">
        <strong>{letter.error.name}</strong>
        <p>{letter.error.message}</p>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard */}
        {letter.error.stack && <pre tabIndex={0}>{letter.error.stack}</pre>}
      </div>
      <Facts
        of={[
          ['Topic', <code key="topic">{letter.topic ?? letter.kind}</code>],
          ['Why it was given up', letter.reason],
          ['Attempts', `${letter.attempt} of ${letter.maxAttempts}`],
          ['Accepted', moment(letter.createdAt)],
          ['Failed', moment(letter.failedAt)],
          ['Message group', letter.messageGroupId],
          ['Idempotency key', letter.idempotencyKey],
          ['Id', <code key="id">{letter.id}</code>],
        ]}
      />
      <section>
        <h3>Payload</h3>
        <JsonView value={letter.payload} open={3} label="Payload" />
      </section>
    </div>
  )
}
