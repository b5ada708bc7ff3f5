import { useQuery } from '@tanstack/react-query'
import { Globe } from 'lucide-react'
import { Link } from 'wouter'
import { stepsQuery } from '../../api/queries'
import { addresses } from '../../model/addresses'
import { plural } from '../../model/format'
import { Empty, Loaded, PageHeader } from '../../ui/basics'
import { MethodBadge } from '../../ui/kinds'
import { useQueryParams } from '../../ui/location'
import { byFlow, endpointsOf, type Endpoint } from './endpoints'
import { EndpointCaller } from './EndpointCaller'

export default function EndpointsPage({ method, path }: { method?: string | undefined; path?: string | undefined }) {
  const steps = useQuery(stepsQuery)
  return (
    <Loaded from={steps}>
      {(data) => {
        const all = endpointsOf(data)
        if (all.length === 0)
          return (
            <Empty icon={Globe} title="No endpoints yet">
              A Step with an HTTP trigger appears here, ready to be called.
            </Empty>
          )
        return (
          <Explorer
            all={all}
            chosen={all.find((each) => each.method === method && each.path === path)}
            missing={method ? `${method} ${path ?? ''}` : null}
          />
        )
      }}
    </Loaded>
  )
}

function Explorer({ all, chosen, missing }: { all: Endpoint[]; chosen: Endpoint | undefined; missing: string | null }) {
  const [query, setQuery] = useQueryParams()
  const wanted = (query.find ?? '').toLowerCase()
  const shown = all.filter((each) => `${each.method} ${each.path} ${each.step.name}`.toLowerCase().includes(wanted))
  return (
    <div className="page">
      <PageHeader title="Endpoints" subtitle={plural(all.length, 'endpoint')}>
        <input
          className="input"
          type="search"
          data-search
          placeholder="Method, path or Step"
          aria-label="Find an endpoint"
          value={query.find ?? ''}
          onChange={(event) => setQuery({ find: event.target.value })}
        />
      </PageHeader>
      <div className="columns" data-chosen={chosen !== undefined || undefined}>
        <nav className="side-list" aria-label="Endpoints">
          {byFlow(shown).map(([flow, endpoints]) => (
            <section key={flow}>
              <h2 className="side-title">{flow}</h2>
              {endpoints.map((each) => (
                <Link
                  key={`${each.method} ${each.path}`}
                  className="side-item"
                  href={addresses.endpoint(each.method, each.path)}
                  aria-current={each === chosen ? 'page' : undefined}
                >
                  <MethodBadge method={each.method} />
                  <span className="side-text">
                    <code className="clip">
                      <Path path={each.path} />
                    </code>
                    <span className="muted clip">{each.step.description ?? each.step.name}</span>
                  </span>
                </Link>
              ))}
            </section>
          ))}
          {shown.length === 0 && <p className="muted padded">Nothing matches.</p>}
        </nav>
        {chosen ? (
          <EndpointCaller key={`${chosen.method} ${chosen.path}`} endpoint={chosen} />
        ) : (
          <Empty icon={Globe} title={missing ? `There is no ${missing}` : 'Choose an endpoint'}>
            {missing ? 'It may have been renamed.' : 'Fill in its form, send it, and follow the run it starts.'}
          </Empty>
        )}
      </div>
    </div>
  )
}

function Path({ path }: { path: string }) {
  return path.split('/').map((part, index) => (
    <span key={index}>
      {index > 0 && '/'}
      {/^[:{*]/.test(part) ? <span className="path-parameter">{part}</span> : part}
    </span>
  ))
}
