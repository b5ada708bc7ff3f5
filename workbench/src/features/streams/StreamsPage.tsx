import { useQuery } from '@tanstack/react-query'
import { FolderOpen, Plus, Radio } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { streamGroupsQuery, streamQuery, streamsQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { count, plural } from '../../model/format'
import { Badge, Button, Empty, Facts, Loaded, PageHeader } from '../../ui/basics'
import { JsonView } from '../../ui/JsonView'
import { useQueryParams } from '../../ui/location'
import { GroupView } from './GroupView'
import { NewStreamItem } from './NewStreamItem'

type Props = { name?: string | undefined; group?: string | undefined; item?: string | undefined }

export default function StreamsPage({ name, group, item }: Props) {
  const streams = useQuery(streamsQuery)
  const [query, setQuery] = useQueryParams()
  const [creating, setCreating] = useState(false)
  const wanted = (query.find ?? '').toLowerCase()
  const trail = name
    ? [{ label: 'Streams', to: addresses.streams() }, ...(group ? [{ label: name, to: addresses.stream(name) }] : [])]
    : []
  return (
    <div className="page">
      <PageHeader
        title={group ?? name ?? 'Streams'}
        trail={trail}
        subtitle={group ? 'Live: items as Steps write them' : streams.data ? plural(streams.data.streams.length, 'stream') : ' '}
      >
        {!group && (
          <input
            className="input"
            type="search"
            data-search
            placeholder="Find a stream"
            aria-label="Find a stream"
            value={query.find ?? ''}
            onChange={(event) => setQuery({ find: event.target.value })}
          />
        )}
        {name && (
          <Button icon={Plus} onClick={() => setCreating(true)}>
            New item
          </Button>
        )}
      </PageHeader>
      <Loaded from={streams}>
        {({ streams: all }) =>
          all.length === 0 ? (
            <Empty icon={Radio} title="No streams yet">
              Declare one in a <code>.stream</code> file. What Steps write to it appears here, live.
            </Empty>
          ) : group && name ? (
            <GroupView key={`${name}/${group}`} stream={name} group={group} item={item} />
          ) : (
            <div className="columns" data-chosen={name !== undefined || undefined}>
              <nav className="side-list" aria-label="Streams">
                {all
                  .filter((each) => each.name.toLowerCase().includes(wanted))
                  .map((each) => (
                    <Link
                      key={each.name}
                      className="side-item"
                      href={addresses.stream(each.name)}
                      aria-current={each.name === name ? 'page' : undefined}
                    >
                      <Radio size={15} aria-hidden />
                      <span className="side-text">
                        <span className="clip">{each.name}</span>
                        <span className="muted">
                          {plural(each.items, 'item')} in {plural(each.groups, 'group')}
                        </span>
                      </span>
                    </Link>
                  ))}
              </nav>
              {name ? <StreamView key={name} name={name} /> : <Empty icon={Radio} title="Choose a stream" />}
            </div>
          )
        }
      </Loaded>
      {creating && name && <NewStreamItem stream={name} group={group ?? ''} onClose={() => setCreating(false)} />}
    </div>
  )
}

function StreamView({ name }: { name: string }) {
  const stream = useQuery(streamQuery(name))
  const groups = useQuery(streamGroupsQuery(name))
  return (
    <div className="stack padded grow scroll">
      <Loaded from={stream} rows={3}>
        {(data) => {
          const { schema, description, guarded, declared } = data as {
            schema?: unknown
            description?: string | null
            guarded?: boolean
            declared?: boolean
          }
          return (
            <>
              <Facts
                of={[
                  ['Declared in', data.filePath ? <code key="file">{data.filePath}</code> : 'nowhere: its first use made it'],
                  ['About', description],
                  ['Access', guarded ? 'its own functions decide who may join' : declared ? 'everybody may join' : null],
                  ['Items', count(data.items)],
                ]}
              />
              {schema !== null && schema !== undefined && (
                <section>
                  <h3>Schema</h3>
                  <JsonView value={schema} open={3} label="Schema" />
                </section>
              )}
            </>
          )
        }}
      </Loaded>
      <section>
        <h3>Groups</h3>
        <Loaded from={groups} rows={3}>
          {(names) =>
            names.length === 0 ? (
              <p className="muted">
                None has items. A group can be watched before it has any: open <code>#/streams/{name}/GROUP</code>.
              </p>
            ) : (
              <ul className="cards">
                {names.map((each) => (
                  <li key={each}>
                    <Link className="card card-link" href={addresses.streamGroup(name, each)}>
                      <FolderOpen size={16} aria-hidden /> <span className="clip">{each}</span> <Badge tone="info">watch</Badge>
                    </Link>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
    </div>
  )
}
