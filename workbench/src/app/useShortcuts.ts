import { useEffect } from 'react'
import { navigate } from '../ui/location'
import { PAGES } from './pages'

const PATIENCE = 1200

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null

/** Ctrl/⌘-K, `/`, and `g` followed by the letter of a page. */
export function useShortcuts(openPalette: () => void): void {
  useEffect(() => {
    let armed = 0
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        openPalette()
        return
      }
      if (
        isTyping(event.target) ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        document.querySelector('[role=dialog], [role=alertdialog]')
      )
        return
      if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('[data-search]')
        if (search) {
          event.preventDefault()
          search.focus()
        }
      } else if (event.key === 'g') {
        armed = Date.now()
      } else if (Date.now() - armed < PATIENCE) {
        armed = 0
        const page = PAGES.find((each) => each.key === event.key)
        if (page) navigate(page.to)
      }
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [openPalette])
}
