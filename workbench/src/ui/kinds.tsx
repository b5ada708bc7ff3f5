// How kinds and languages look, everywhere the same.
import {
  Clock,
  Globe,
  Hand,
  Layers,
  Radio,
  Send,
  Zap,
  Database,
  type LucideIcon,
  GitCommitHorizontal,
  Webhook,
} from 'lucide-react'

const KINDS: Record<string, { icon: LucideIcon; label: string; hue: string }> = {
  api: { icon: Globe, label: 'API', hue: 'api' },
  http: { icon: Globe, label: 'HTTP', hue: 'api' },
  event: { icon: Zap, label: 'Event', hue: 'event' },
  cron: { icon: Clock, label: 'Cron', hue: 'cron' },
  noop: { icon: Hand, label: 'Manual', hue: 'noop' },
  manual: { icon: Hand, label: 'Manual', hue: 'noop' },
  state: { icon: Database, label: 'State', hue: 'state' },
  stream: { icon: Radio, label: 'Stream', hue: 'stream' },
  emit: { icon: Send, label: 'Emit', hue: 'event' },
  trigger: { icon: Send, label: 'Trigger', hue: 'event' },
  call: { icon: Webhook, label: 'Call', hue: 'noop' },
  hook: { icon: Webhook, label: 'Hook', hue: 'noop' },
  commit: { icon: GitCommitHorizontal, label: 'Commit', hue: 'state' },
}

const look = (kind: string) => KINDS[kind] ?? { icon: Layers, label: kind, hue: 'noop' }

export const kindLabel = (kind: string) => look(kind).label

export function KindIcon({ kind, size = 15 }: { kind: string; size?: number }) {
  const { icon: Icon, label, hue } = look(kind)
  return (
    <span className="kind-icon" data-hue={hue} title={label}>
      <Icon size={size} aria-hidden />
    </span>
  )
}

const LANGUAGES: Record<string, [short: string, name: string]> = {
  typescript: ['TS', 'TypeScript'],
  javascript: ['JS', 'JavaScript'],
  node: ['TS', 'Node.js'],
  python: ['PY', 'Python'],
  ruby: ['RB', 'Ruby'],
}

export const languageName = (language: string) => LANGUAGES[language]?.[1] ?? language

export function LanguageMark({ language }: { language: string }) {
  const [short, name] = LANGUAGES[language] ?? [language.slice(0, 2).toUpperCase(), language]
  return (
    <span className="language" data-language={language} title={name}>
      {short}
    </span>
  )
}

export function MethodBadge({ method }: { method: string }) {
  return (
    <span className="method" data-method={method}>
      {method}
    </span>
  )
}
