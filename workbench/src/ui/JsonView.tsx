// A JSON value as a tree to fold. Text stays text, whatever is in it.
import { ChevronDown, ChevronRight } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { CopyButton } from './basics'

const SHOWN = 100

export function JsonView({ value, open = 2, label }: { value: unknown; open?: number; label?: string }) {
  return (
    <div className="json" role="group" aria-label={label ?? 'JSON'}>
      <div className="json-copy">
        <CopyButton text={JSON.stringify(value, null, 2)} label="Copy JSON" />
      </div>
      <Branch value={value} depth={0} open={open} />
    </div>
  )
}

function Branch({ name, value, depth, open }: { name?: string; value: unknown; depth: number; open: number }) {
  const [unfolded, setUnfolded] = useState(depth < open)
  const [shown, setShown] = useState(SHOWN)
  const key = name === undefined ? null : <span className="json-key">{name}:&nbsp;</span>
  if (value === null || typeof value !== 'object') {
    return (
      <div className="json-line" style={{ paddingLeft: 16 }}>
        {key}
        <Leaf value={value} />
      </div>
    )
  }
  const isList = Array.isArray(value)
  const entries = Object.entries(value as Record<string, unknown>)
  const [opening, closing] = isList ? ['[', ']'] : ['{', '}']
  if (entries.length === 0) {
    return (
      <div className="json-line" style={{ paddingLeft: 16 }}>
        {key}
        {opening + closing}
      </div>
    )
  }
  return (
    <div>
      <button type="button" className="json-line json-fold" aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
        {unfolded ? <ChevronDown size={12} aria-hidden /> : <ChevronRight size={12} aria-hidden />}
        <span>
          {key}
          {opening}
          {!unfolded && <Folded count={entries.length} closing={closing} isList={isList} />}
        </span>
      </button>
      {unfolded && (
        <>
          <div className="json-children">
            {entries.slice(0, shown).map(([each, inner]) => (
              <Branch key={each} {...(isList ? {} : { name: each })} value={inner} depth={depth + 1} open={open} />
            ))}
            {entries.length > shown && (
              <button type="button" className="link" onClick={() => setShown(shown + 1000)}>
                {entries.length - shown} more
              </button>
            )}
          </div>
          <div className="json-line" style={{ paddingLeft: 16 }}>
            {closing}
          </div>
        </>
      )}
    </div>
  )
}

function Folded({ count, closing, isList }: { count: number; closing: string; isList: boolean }): ReactNode {
  return (
    <>
      <span className="json-count"> {isList ? `${count} items` : `${count} keys`} </span>
      {closing}
    </>
  )
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value === 'string') return <span className="json-string">{JSON.stringify(value)}</span>
  if (typeof value === 'number') return <span className="json-number">{String(value)}</span>
  return <span className="json-word">{String(value)}</span>
}
