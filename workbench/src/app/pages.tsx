// Which address shows what. Each page is loaded when it is first asked for.
import {
  Activity,
  CalendarClock,
  Cpu,
  Database,
  Gauge,
  Globe,
  Layers,
  ListTree,
  Radio,
  ScrollText,
  Settings,
  Workflow,
  type LucideIcon,
} from 'lucide-react'
import { lazy } from 'react'
import { addresses } from '../model/addresses'

export const OverviewPage = lazy(() => import('../features/overview/OverviewPage'))
export const FlowsPage = lazy(() => import('../features/flows/FlowsPage'))
export const RunsPage = lazy(() => import('../features/runs/RunsPage'))
export const RunPage = lazy(() => import('../features/runs/RunPage'))
export const LogsPage = lazy(() => import('../features/logs/LogsPage'))
export const EndpointsPage = lazy(() => import('../features/endpoints/EndpointsPage'))
export const StatePage = lazy(() => import('../features/state/StatePage'))
export const StreamsPage = lazy(() => import('../features/streams/StreamsPage'))
export const QueuesPage = lazy(() => import('../features/queues/QueuesPage'))
export const CronPage = lazy(() => import('../features/cron/CronPage'))
export const WorkersPage = lazy(() => import('../features/workers/WorkersPage'))
export const SettingsPage = lazy(() => import('../features/settings/SettingsPage'))

export type Page = { label: string; to: string; icon: LucideIcon; key?: string; section: 'watch' | 'data' | 'work' | 'more' }

/** The navigation, with the letter that follows `g`. */
export const PAGES: Page[] = [
  { label: 'Overview', to: addresses.overview(), icon: Gauge, key: 'o', section: 'watch' },
  { label: 'Flows', to: addresses.flows(), icon: Workflow, key: 'f', section: 'watch' },
  { label: 'Runs', to: addresses.runs(), icon: ListTree, key: 'r', section: 'watch' },
  { label: 'Logs', to: addresses.logs(), icon: ScrollText, key: 'l', section: 'watch' },
  { label: 'Endpoints', to: addresses.endpoints(), icon: Globe, key: 'e', section: 'work' },
  { label: 'Queues', to: addresses.queues(), icon: Layers, key: 'q', section: 'work' },
  { label: 'Cron', to: addresses.cron(), icon: CalendarClock, key: 'c', section: 'work' },
  { label: 'State', to: addresses.state(), icon: Database, key: 's', section: 'data' },
  { label: 'Streams', to: addresses.streams(), icon: Radio, key: 't', section: 'data' },
  { label: 'Workers', to: addresses.workers(), icon: Cpu, key: 'w', section: 'more' },
  { label: 'Settings', to: addresses.settings(), icon: Settings, section: 'more' },
]
export const SECTIONS = ['watch', 'work', 'data', 'more'] as const
export { Activity as LiveIcon }
