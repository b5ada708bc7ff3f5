import { useQuery } from '@tanstack/react-query'
import { LogOut } from 'lucide-react'
import { closeSession } from '../../api/actions'
import { ROOT } from '../../api/client'
import { infoQuery } from '../../api/queries'
import { moment } from '../../model/format'
import { Button, Choice, Facts, Loaded, PageHeader } from '../../ui/basics'
import { chooseTheme, useTheme } from '../../ui/theme'

const KEYS: [keys: string, what: string][] = [
  ['Ctrl/⌘ K', 'Go anywhere, find anything'],
  ['/', 'Search on this page'],
  ['g then f, r, l, e, s, t, q, c, w', 'Flows, Runs, Logs, Endpoints, State, sTreams, Queues, Cron, Workers'],
  ['j / k or ↓ / ↑', 'Move in a list or timeline'],
  ['Enter', 'Open'],
  ['← / →', 'Fold and unfold in a timeline'],
  ['Esc', 'Close what is on top'],
]

export default function SettingsPage() {
  const info = useQuery(infoQuery)
  const theme = useTheme()
  return (
    <div className="page scroll">
      <PageHeader title="Settings" />
      <div className="stack padded narrow">
        <section className="panel" aria-label="Appearance">
          <h2>Appearance</h2>
          <Choice
            label="Theme"
            value={theme}
            onChange={chooseTheme}
            options={[
              ['system', 'System'],
              ['light', 'Light'],
              ['dark', 'Dark'],
            ]}
          />
        </section>
        <section className="panel" aria-label="Keyboard">
          <h2>Keyboard</h2>
          <Facts of={KEYS.map(([keys, what]) => [what, <kbd key={keys}>{keys}</kbd>])} />
        </section>
        <section className="panel" aria-label="Core">
          <h2>This core</h2>
          <Loaded from={info} rows={4}>
            {(data) => (
              <Facts
                of={[
                  ['Project', data.project],
                  ['Version', data.version],
                  ['Mode', data.isDev ? 'development' : 'production'],
                  ['Started', moment(data.startedAt)],
                  ['Address', <code key="root">{ROOT}</code>],
                  [
                    'Interface',
                    <a key="openapi" href={`${ROOT}__motia/openapi.json`}>
                      OpenAPI document
                    </a>,
                  ],
                ]}
              />
            )}
          </Loaded>
        </section>
        <section className="panel" aria-label="Session">
          <h2>Session</h2>
          <p className="muted">
            With a token, this browser keeps it in a cookie that scripts cannot read. On the machine itself none is needed.
          </p>
          <div>
            <Button icon={LogOut} onClick={() => void closeSession().then(() => location.reload())}>
              Forget the token here
            </Button>
          </div>
        </section>
      </div>
    </div>
  )
}
