import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { openSession } from '../../api/actions'
import { Button, Field } from '../../ui/basics'

export function Login({ onOpen }: { onOpen: () => void }) {
  const [token, setToken] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [asking, setAsking] = useState(false)
  const submit = async () => {
    setAsking(true)
    try {
      await openSession(token.trim())
      onOpen()
    } catch (fault) {
      setProblem((fault as Error).message)
    } finally {
      setAsking(false)
    }
  }
  return (
    <main className="login">
      <form
        className="panel stack"
        aria-label="Log in"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <span className="empty-icon">
          <KeyRound size={24} aria-hidden />
        </span>
        <h1>Motia Workbench</h1>
        <p className="muted">
          From another machine, this core wants its admin token. It is printed when the core starts, and kept in{' '}
          <code>.motia/admin-token</code>.
        </p>
        <Field label="Admin token" problem={problem}>
          <input
            className="input"
            type="password"
            autoComplete="current-password"
            required
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </Field>
        <Button type="submit" look="primary" disabled={asking || token.trim() === ''}>
          Open
        </Button>
      </form>
    </main>
  )
}
