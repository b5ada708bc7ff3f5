// A text field for JSON that says where it is wrong.
import { useId } from 'react'

type Props = { label: string; value: string; onChange: (text: string) => void; problem: string | null; rows?: number }

export function JsonEditor({ label, value, onChange, problem, rows = 12 }: Props) {
  const id = useId()
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        className="input code-input"
        rows={rows}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        value={value}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => indent(event, onChange)}
      />
      <span id={`${id}-hint`} className={problem ? 'field-problem' : 'field-hint'} role={problem ? 'alert' : undefined}>
        {problem ?? 'Valid JSON'}
      </span>
    </div>
  )
}

/** Enter keeps the indentation; Tab is left alone, it moves on. */
function indent(event: React.KeyboardEvent<HTMLTextAreaElement>, onChange: (text: string) => void): void {
  if (event.key !== 'Enter' || event.metaKey || event.ctrlKey) return
  const field = event.currentTarget
  const before = field.value.slice(0, field.selectionStart)
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const margin = /^\s*/.exec(line)?.[0] ?? ''
  const deeper = /[{[]\s*$/.test(line) ? '  ' : ''
  event.preventDefault()
  const place = field.selectionStart + 1 + margin.length + deeper.length
  onChange(`${before}\n${margin}${deeper}${field.value.slice(field.selectionEnd)}`)
  requestAnimationFrame(() => field.setSelectionRange(place, place))
}
