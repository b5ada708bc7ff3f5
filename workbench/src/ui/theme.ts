// Light, dark, or what the system says.
import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark' | 'system'
const KEY = 'motia-theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const watchers = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  watchers.add(listener)
  system.addEventListener('change', listener)
  return () => {
    watchers.delete(listener)
    system.removeEventListener('change', listener)
  }
}

export function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') {
    delete document.documentElement.dataset.theme
    localStorage.removeItem(KEY)
  } else {
    document.documentElement.dataset.theme = theme
    localStorage.setItem(KEY, theme)
  }
  watchers.forEach((each) => each())
}

export const useTheme = () => useSyncExternalStore(subscribe, currentTheme)
export const useDark = () =>
  useSyncExternalStore(subscribe, () => (currentTheme() === 'system' ? system.matches : currentTheme() === 'dark'))
