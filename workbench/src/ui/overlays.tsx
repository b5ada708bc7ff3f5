// What lies above a page: dialogs, confirmations, short messages.
import { X } from 'lucide-react'
import { AlertDialog, Dialog, Toast } from 'radix-ui'
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react'
import { Button, IconButton } from './basics'

export function Modal({
  open,
  onClose,
  title,
  description,
  children,
}: {
  open: boolean
  onClose: () => void
  title: string
  description?: string
  children: ReactNode
}) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog" {...(description ? {} : { 'aria-describedby': undefined })}>
          <div className="dialog-head">
            <Dialog.Title>{title}</Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label="Close" icon={X} />
            </Dialog.Close>
          </div>
          {description && <Dialog.Description className="muted">{description}</Dialog.Description>}
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

type Question = { title: string; text: ReactNode; action: string; danger?: boolean; onConfirm: () => void }

/** Asks before something that cannot be undone; null asks nothing. */
export function Confirm({ question, onClose }: { question: Question | null; onClose: () => void }) {
  return (
    <AlertDialog.Root open={question !== null} onOpenChange={(next) => !next && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="overlay" />
        <AlertDialog.Content className="dialog dialog-small">
          <AlertDialog.Title className="dialog-title">{question?.title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="muted">{question?.text}</div>
          </AlertDialog.Description>
          <div className="dialog-actions">
            <AlertDialog.Cancel asChild>
              <Button>Keep</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button look={question?.danger ? 'danger' : 'primary'} onClick={question?.onConfirm}>
                {question?.action}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
export type { Question }

type Message = { id: number; text: string; tone: 'good' | 'bad' }
const Say = createContext<(text: string, tone?: 'good' | 'bad') => void>(() => undefined)

/** A short message in the corner that goes by itself. */
export const useSay = () => useContext(Say)

export function Messages({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<Message[]>([])
  const say = useCallback((text: string, tone: 'good' | 'bad' = 'good') => {
    setMessages((known) => [...known.slice(-3), { id: Date.now() + Math.random(), text, tone }])
  }, [])
  const drop = (id: number) => setMessages((known) => known.filter((each) => each.id !== id))
  return (
    <Say.Provider value={useMemo(() => say, [say])}>
      <Toast.Provider swipeDirection="right" duration={5000}>
        {children}
        {messages.map((each) => (
          <Toast.Root key={each.id} className="toast" data-tone={each.tone} onOpenChange={(open) => !open && drop(each.id)}>
            <Toast.Description>{each.text}</Toast.Description>
            <Toast.Close asChild>
              <IconButton label="Dismiss" icon={X} />
            </Toast.Close>
          </Toast.Root>
        ))}
        <Toast.Viewport className="toasts" />
      </Toast.Provider>
    </Say.Provider>
  )
}
