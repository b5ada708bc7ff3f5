// The small parts everything is made of.
import { AlertTriangle, Check, ChevronRight, Copy, Inbox, type LucideIcon } from 'lucide-react'
import { Tooltip } from 'radix-ui'
import { useEffect, useState, type ButtonHTMLAttributes, type ReactNode } from 'react'
import { Link } from 'wouter'

export type Tone = 'neutral' | 'good' | 'info' | 'warn' | 'bad' | 'accent'

export function Badge({ tone = 'neutral', children, title }: { tone?: Tone; children: ReactNode; title?: string }) {
  return (
    <span className="badge" data-tone={tone} title={title}>
      {children}
    </span>
  )
}

export function StatusBadge({ status }: { status: string }) {
  const tone: Tone = status === 'ok' ? 'good' : status === 'error' ? 'bad' : status === 'running' ? 'info' : 'neutral'
  const words: Record<string, string> = { ok: 'Completed', error: 'Failed', running: 'Running' }
  return (
    <span className="badge" data-tone={tone}>
      <span className="dot" data-tone={tone} data-live={status === 'running' || undefined} />
      {words[status] ?? status}
    </span>
  )
}

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'plain' | 'primary' | 'danger' | 'ghost'
  icon?: LucideIcon
}

export function Button({ look = 'plain', icon: Icon, children, className = '', ...rest }: ButtonProps) {
  return (
    <button type="button" className={`button ${className}`} data-look={look} {...rest}>
      {Icon && <Icon size={15} aria-hidden />}
      {children}
    </button>
  )
}

export function IconButton({
  label,
  icon: Icon,
  ...rest
}: { label: string; icon: LucideIcon } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <Tip text={label}>
      <button type="button" className="icon-button" aria-label={label} {...rest}>
        <Icon size={16} aria-hidden />
      </button>
    </Tip>
  )
}

export function Tip({ text, children }: { text: string; children: ReactNode }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tooltip" sideOffset={6} collisionPadding={8}>
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <IconButton
      label={copied ? 'Copied' : label}
      icon={copied ? Check : Copy}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    />
  )
}

export function Empty({ icon: Icon = Inbox, title, children }: { icon?: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon size={24} aria-hidden />
      </span>
      <h2>{title}</h2>
      {children && <div className="empty-text">{children}</div>}
    </div>
  )
}

export function Failure({ problem, retry }: { problem: Error; retry?: () => void }) {
  return (
    <div className="empty" role="alert">
      <span className="empty-icon" data-tone="bad">
        <AlertTriangle size={24} aria-hidden />
      </span>
      <h2>This could not be shown</h2>
      <div className="empty-text">
        <p>{problem.message}</p>
        {retry && <Button onClick={retry}>Try again</Button>}
      </div>
    </div>
  )
}

export function Skeleton({ rows = 6 }: { rows?: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="skeleton-row" style={{ width: `${92 - ((index * 17) % 38)}%` }} />
      ))}
    </div>
  )
}

type Asked<T> = { data: T | undefined; error: Error | null; refetch: () => unknown }

/** What there is once it is there; before that its shape, or why not. */
export function Loaded<T>({ from, rows, children }: { from: Asked<T>; rows?: number; children: (data: T) => ReactNode }) {
  if (from.data !== undefined) return children(from.data)
  return from.error ? (
    <Failure problem={from.error} retry={() => void from.refetch()} />
  ) : (
    <Skeleton {...(rows ? { rows } : {})} />
  )
}

export function PageHeader({
  title,
  trail,
  subtitle,
  children,
}: {
  title: ReactNode
  trail?: { label: string; to: string }[]
  subtitle?: ReactNode
  children?: ReactNode
}) {
  return (
    <header className="page-header">
      <div className="page-title">
        {trail && trail.length > 0 && (
          <nav aria-label="Path" className="trail">
            {trail.map((each) => (
              <span key={each.to}>
                <Link href={each.to}>{each.label}</Link>
                <ChevronRight size={13} aria-hidden />
              </span>
            ))}
          </nav>
        )}
        <h1>{title}</h1>
        {subtitle && <div className="subtitle">{subtitle}</div>}
      </div>
      {children && <div className="page-actions">{children}</div>}
    </header>
  )
}

export function Facts({ of }: { of: [name: string, value: ReactNode][] }) {
  return (
    <dl className="facts">
      {of
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

export function Field({
  label,
  hint,
  problem,
  children,
}: {
  label: string
  hint?: string
  problem?: string | null
  children: ReactNode
}) {
  return (
    <label className="field">
      <span className="field-label">{label}</span>
      {children}
      {problem ? (
        <span className="field-problem" role="alert">
          {problem}
        </span>
      ) : (
        hint && <span className="field-hint">{hint}</span>
      )}
    </label>
  )
}

export function Select({
  label,
  value,
  onChange,
  options,
}: {
  label: string
  value: string
  onChange: (value: string) => void
  options: [value: string, label: string][]
}) {
  return (
    <select className="input select" aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      {options.map(([each, text]) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
    </select>
  )
}

/** One of several, as buttons in a row. */
export function Choice<T extends string>({
  label,
  value,
  onChange,
  options,
}: {
  label: string
  value: T
  onChange: (value: T) => void
  options: [value: T, label: string][]
}) {
  return (
    <div className="choice" role="radiogroup" aria-label={label}>
      {options.map(([each, text]) => (
        <button key={each} type="button" role="radio" aria-checked={each === value} onClick={() => onChange(each)}>
          {text}
        </button>
      ))}
    </div>
  )
}
