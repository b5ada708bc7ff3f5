// Source with line numbers and colours. The highlighter gives a tree, which React draws: no HTML in between.
import bash from 'highlight.js/lib/languages/bash'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import python from 'highlight.js/lib/languages/python'
import ruby from 'highlight.js/lib/languages/ruby'
import typescript from 'highlight.js/lib/languages/typescript'
import { createLowlight } from 'lowlight'
import { createElement, useMemo, type ReactNode } from 'react'

const lowlight = createLowlight({ bash, javascript, json, python, ruby, typescript })

type HastNode = { type: string; value?: string; tagName?: string; properties?: { className?: string[] }; children?: HastNode[] }

export default function CodeView({ code, language, line }: { code: string; language: string; line?: number | null }) {
  const tree = useMemo(
    () => (lowlight.registered(language) ? (lowlight.highlight(language, code) as HastNode) : null),
    [code, language],
  )
  const lines = code.replace(/\n$/, '').split('\n').length
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <div className="code" tabIndex={0} role="region" aria-label="Source">
      <div className="code-numbers" aria-hidden>
        {Array.from({ length: lines }, (_, index) => (
          <span key={index} data-marked={index + 1 === line || undefined}>
            {index + 1}
          </span>
        ))}
      </div>
      <pre>
        <code>{tree ? drawn(tree) : code}</code>
      </pre>
    </div>
  )
}

function drawn(node: HastNode, key = 0): ReactNode {
  if (node.type === 'text') return node.value
  const children = node.children?.map(drawn)
  if (node.type === 'root') return children
  return createElement(node.tagName ?? 'span', { key, className: node.properties?.className?.join(' ') }, children)
}
