import { useState } from 'react'
import { formFields, type FormField } from '../../model/jsonSchema'
import { preview } from '../../model/format'
import { jsonProblem } from '../../model/httpRequest'
import type { JsonSchema } from '../../model/types'
import { Choice, Field } from '../../ui/basics'
import { JsonEditor } from '../../ui/JsonEditor'

type Props = { schema: JsonSchema | undefined; text: string; problem: string | null; onChange: (text: string) => void }

/** A form made from the schema, and the same as JSON. The JSON is what is sent. */
export function BodyForm({ schema, text, problem, onChange }: Props) {
  const fields = schema ? formFields(schema) : null
  const [mode, setMode] = useState<'form' | 'json'>(fields ? 'form' : 'json')
  const value = objectOf(text)
  const usable = fields !== null && value !== null
  return (
    <div className="stack padded">
      {fields && (
        <Choice
          label="Edit as"
          value={mode}
          onChange={setMode}
          options={[
            ['form', 'Form'],
            ['json', 'JSON'],
          ]}
        />
      )}
      {mode === 'form' && usable ? (
        fields.map((field) => (
          <Input
            key={field.name}
            field={field}
            value={value[field.name]}
            onChange={(next) => onChange(JSON.stringify(withField(value, field.name, next), null, 2))}
          />
        ))
      ) : (
        <JsonEditor label="Body" value={text} onChange={onChange} problem={problem} />
      )}
    </div>
  )
}

function objectOf(text: string): Record<string, unknown> | null {
  if (text.trim() === '') return {}
  if (jsonProblem(text)) return null
  const value = JSON.parse(text) as unknown
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
}

function withField(value: Record<string, unknown>, name: string, next: unknown): Record<string, unknown> {
  if (next !== undefined) return { ...value, [name]: next }
  return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name))
}

function Input({ field, value, onChange }: { field: FormField; value: unknown; onChange: (value: unknown) => void }) {
  const label = field.required ? `${field.name} *` : field.name
  const hint = field.description ? { hint: field.description } : {}
  switch (field.kind) {
    case 'boolean':
      return (
        <label className="check">
          <input type="checkbox" checked={value === true} onChange={(event) => onChange(event.target.checked)} /> {label}
        </label>
      )
    case 'choice':
      return (
        <Field label={label} {...hint}>
          <select
            className="input select"
            value={JSON.stringify(value)}
            onChange={(event) => onChange(JSON.parse(event.target.value) as unknown)}
          >
            {(field.choices ?? []).map((each) => (
              <option key={JSON.stringify(each)} value={JSON.stringify(each)}>
                {preview(each)}
              </option>
            ))}
          </select>
        </Field>
      )
    case 'number':
      return (
        <Field label={label} {...hint}>
          <input
            className="input"
            type="number"
            step={field.integer ? 1 : 'any'}
            value={typeof value === 'number' ? value : ''}
            onChange={(event) => onChange(event.target.value === '' ? undefined : Number(event.target.value))}
          />
        </Field>
      )
    case 'text':
      return (
        <Field label={label} {...hint}>
          <input
            className="input"
            value={typeof value === 'string' ? value : ''}
            onChange={(event) => onChange(event.target.value)}
          />
        </Field>
      )
    default:
      return <JsonInput label={label} value={value} onChange={onChange} />
  }
}

/** Keeps what is typed while it is not JSON yet. */
function JsonInput({ label, value, onChange }: { label: string; value: unknown; onChange: (value: unknown) => void }) {
  const [text, setText] = useState(() => (value === undefined ? '' : JSON.stringify(value, null, 2)))
  return (
    <JsonEditor
      label={label}
      rows={Math.min(10, Math.max(3, text.split('\n').length))}
      value={text}
      problem={jsonProblem(text)}
      onChange={(next) => {
        setText(next)
        if (jsonProblem(next) === null) onChange(next.trim() === '' ? undefined : (JSON.parse(next) as unknown))
      }}
    />
  )
}
