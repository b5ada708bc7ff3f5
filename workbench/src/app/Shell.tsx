import { useQuery } from '@tanstack/react-query'
import { Menu, Monitor, Moon, Search, Sun, X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import { useConnection } from '../api/live'
import { booksQuery, infoQuery } from '../api/queries'
import { IconButton } from '../ui/basics'
import { useHashLocation } from '../ui/location'
import { chooseTheme, useTheme, type Theme } from '../ui/theme'
import { PAGES, SECTIONS } from './pages'

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }
const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon }
const MAC = /\bMac/.test(navigator.userAgent)

export function Shell({ onPalette, children }: { onPalette: () => void; children: ReactNode }) {
  const [open, setOpen] = useState(false)
  const [path] = useHashLocation()
  const theme = useTheme()
  const info = useQuery(infoQuery)
  return (
    <div className="shell" data-nav={open || undefined}>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          document.querySelector<HTMLElement>('#main')?.focus()
        }}
      >
        Skip to content
      </a>
      <div className="topbar">
        <IconButton
          label={open ? 'Close menu' : 'Menu'}
          icon={open ? X : Menu}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        />
        <Logo /> <strong>Motia</strong>
        <span className="push">
          <IconButton label="Search" icon={Search} onClick={onPalette} />
        </span>
      </div>
      <div className="sidebar">
        <div className="brand">
          <Logo />
          <div className="brand-text">
            <strong>Motia</strong>
            <span className="clip muted">{info.data?.project ?? ' '}</span>
          </div>
        </div>
        <button type="button" className="palette-button" onClick={onPalette}>
          <Search size={14} aria-hidden /> <span>Search</span> <kbd>{MAC ? '⌘' : 'Ctrl'} K</kbd>
        </button>
        <nav aria-label="Pages">
          {SECTIONS.map((section) => (
            <div key={section} className="nav-section">
              {PAGES.filter((each) => each.section === section).map((each) => {
                const current = each.to === '/' ? path === '/' : path === each.to || path.startsWith(`${each.to}/`)
                const Icon = each.icon
                return (
                  <Link
                    key={each.to}
                    href={each.to}
                    className="nav-item"
                    aria-current={current ? 'page' : undefined}
                    onClick={() => setOpen(false)}
                  >
                    <Icon size={17} aria-hidden /> <span>{each.label}</span>
                    {each.label === 'Queues' && <DeadCount />}
                  </Link>
                )
              })}
            </div>
          ))}
        </nav>
        <div className="sidebar-foot">
          <ConnectionMark />
          <IconButton label={`Theme: ${theme}`} icon={THEME_ICONS[theme]} onClick={() => chooseTheme(NEXT[theme])} />
        </div>
      </div>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}

function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="var(--accent-fill)" />
      <path
        d="M7 23V10.5a1 1 0 0 1 1.8-.6L16 19l7.2-9.1a1 1 0 0 1 1.8.6V23"
        fill="none"
        stroke="#fff"
        strokeWidth="3.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}

function DeadCount() {
  const books = useQuery(booksQuery)
  const dead = books.data?.ledger.reduce((sum, row) => sum + row.dead, 0) ?? 0
  return dead > 0 ? (
    <span className="nav-count" title={`${dead} dead letters`}>
      {dead > 99 ? '99+' : dead}
    </span>
  ) : null
}

function ConnectionMark() {
  const connection = useConnection()
  const words = { live: 'Live', connecting: 'Connecting', lost: 'Not connected' }
  return (
    <span className="connection" role="status" data-state={connection}>
      <span className="dot" data-tone={connection === 'live' ? 'good' : connection === 'lost' ? 'bad' : 'neutral'} />{' '}
      {words[connection]}
    </span>
  )
}
