import { ArrowRight, Globe } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { addresses } from '../../model/addresses'
import { bytes, duration } from '../../model/format'
import { statusTone } from '../../model/httpRequest'
import { Badge, Empty, Facts, Skeleton } from '../../ui/basics'
import { JsonView } from '../../ui/JsonView'
import { TabView } from '../../ui/TabView'
import type { Reply } from './send'

export function ReplyView({ reply, sending }: { reply: Reply | null; sending: boolean }) {
  const [tab, setTab] = useState('body')
  if (sending)
    return (
      <div className="reply">
        <Skeleton rows={4} />
      </div>
    )
  if (!reply)
    return (
      <div className="reply">
        <Empty icon={Globe} title="No response yet">
          Press Send, or Enter in a field.
        </Empty>
      </div>
    )
  if (reply.problem)
    return (
      <div className="reply">
        <Empty icon={Globe} title="No answer">
          {reply.problem}
        </Empty>
      </div>
    )
  return (
    <div className="reply" role="region" aria-label="Response">
      <div className="row wrap reply-head">
        <Badge tone={statusTone(reply.status)}>
          {reply.status} {reply.reason}
        </Badge>
        <span className="muted">{duration(reply.took * 1000)}</span>
        {reply.traceId && (
          <Link className="button push" data-look="plain" href={addresses.run(reply.traceId)}>
            Open the run <ArrowRight size={15} aria-hidden />
          </Link>
        )}
      </div>
      <TabView
        label="Response"
        value={tab}
        onChange={setTab}
        tabs={[
          {
            id: 'body',
            label: 'Body',
            content: (
              <div className="padded">
                <Body body={reply.body} />
              </div>
            ),
          },
          {
            id: 'headers',
            label: `Headers ${reply.headers.length}`,
            content: (
              <div className="padded">
                <Facts of={reply.headers.map(([name, value]) => [name, <code key={name}>{value}</code>])} />
              </div>
            ),
          },
        ]}
      />
    </div>
  )
}

function Body({ body }: { body: Reply['body'] }) {
  if (body.kind === 'json') return <JsonView value={body.value} open={4} label="Response body" />
  if (body.kind === 'binary')
    return (
      <a className="button" data-look="plain" href={body.url} download>
        Download {bytes(body.size)}
      </a>
    )
  return body.text ? <pre className="plain-text">{body.text}</pre> : <p className="muted">The body is empty.</p>
}
