import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { SearchX } from 'lucide-react'
import { Tooltip } from 'radix-ui'
import { Component, Suspense, useCallback, useEffect, useState, type ReactNode } from 'react'
import { Link, Route, Router, Switch } from 'wouter'
import { CoreError, onLocked } from '../api/client'
import { useChanges } from '../api/live'
import Palette from '../features/palette/Palette'
import { Login } from '../features/session/Login'
import { addresses } from '../model/addresses'
import { Empty, Failure, Skeleton } from '../ui/basics'
import { useHashLocation, useHashSearch } from '../ui/location'
import { Messages } from '../ui/overlays'
import * as pages from './pages'
import { Shell } from './Shell'
import { useShortcuts } from './useShortcuts'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (times, problem) => times < 2 && !(problem instanceof CoreError && problem.status >= 400 && problem.status < 500),
      staleTime: 5000,
      refetchOnWindowFocus: false,
    },
  },
})

export function App() {
  const [locked, setLocked] = useState(false)
  useEffect(() => onLocked(() => setLocked(true)), [])
  const open = () => {
    setLocked(false)
    void queries.resetQueries()
  }
  return (
    <QueryClientProvider client={queries}>
      <Tooltip.Provider delayDuration={300}>
        <Messages>
          <Router hook={useHashLocation} searchHook={useHashSearch}>
            {locked ? <Login onOpen={open} /> : <Workbench />}
          </Router>
        </Messages>
      </Tooltip.Provider>
    </QueryClientProvider>
  )
}

function Workbench() {
  const [palette, setPalette] = useState(false)
  const [path] = useHashLocation()
  useChanges()
  useShortcuts(useCallback(() => setPalette(true), []))
  useEffect(() => {
    const name = pages.PAGES.find((each) => each.to !== '/' && path.startsWith(each.to))?.label ?? 'Overview'
    document.title = `${name} · Motia Workbench`
  }, [path])
  return (
    <Shell onPalette={() => setPalette(true)}>
      <Fence key={path.split('/')[1]}>
        <Suspense fallback={<Skeleton rows={10} />}>
          <Pages />
        </Suspense>
      </Fence>
      {/* Not loaded on demand: who types at once must not lose the first letters. */}
      {palette && (
        <Palette
          open
          onOpenChange={setPalette}
          places={pages.PAGES.map(({ label, to, icon: Icon, key }) => ({
            label,
            to,
            icon: <Icon size={15} aria-hidden />,
            ...(key ? { keys: `g ${key}` } : {}),
          }))}
        />
      )}
    </Shell>
  )
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={pages.OverviewPage} />
      <Route path="/flows/:name?">{({ name }) => <pages.FlowsPage name={decoded(name)} />}</Route>
      <Route path="/runs" component={pages.RunsPage} />
      <Route path="/runs/:id">{({ id }) => <pages.RunPage key={id} traceId={id} />}</Route>
      <Route path="/logs" component={pages.LogsPage} />
      <Route path="/endpoints/:method?/:path?">
        {({ method, path }) => <pages.EndpointsPage method={decoded(method)} path={decoded(path)} />}
      </Route>
      <Route path="/state/:group?/:key?">
        {({ group, key }) => <pages.StatePage group={decoded(group)} itemKey={decoded(key)} />}
      </Route>
      <Route path="/streams/:name?/:group?/:item?">
        {({ name, group, item }) => <pages.StreamsPage name={decoded(name)} group={decoded(group)} item={decoded(item)} />}
      </Route>
      <Route path="/queues/:view?/:id?">{({ view, id }) => <pages.QueuesPage view={view} id={decoded(id)} />}</Route>
      <Route path="/cron" component={pages.CronPage} />
      <Route path="/workers" component={pages.WorkersPage} />
      <Route path="/settings" component={pages.SettingsPage} />
      <Route>
        <Empty icon={SearchX} title="There is no such page">
          <Link href={addresses.overview()}>Back to the overview</Link>
        </Empty>
      </Route>
    </Switch>
  )
}

/** The router leaves encoded slashes as they are. */
function decoded(part: string | undefined): string | undefined {
  if (part === undefined) return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** One page that fails does not take the others with it. */
class Fence extends Component<{ children: ReactNode }, { problem: Error | null }> {
  override state = { problem: null as Error | null }

  static getDerivedStateFromError(problem: Error) {
    return { problem }
  }

  override render() {
    return this.state.problem ? (
      <Failure problem={this.state.problem} retry={() => this.setState({ problem: null })} />
    ) : (
      this.props.children
    )
  }
}
