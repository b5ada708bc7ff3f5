"""The page at `/` until the Workbench stands there: what runs, without scripts."""

from __future__ import annotations

import html
from typing import Final

from motia.admin.sources import Sources
from motia.model.step import CronTrigger, EventTrigger, HttpTrigger, Step, Trigger

_STYLE: Final = """
:root { color-scheme: light dark; --line: light-dark(#d8dee9, #2b3240); --soft: light-dark(#5b6575, #98a2b3);
  --accent: light-dark(#1f54d6, #7aa2ff) }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1.25rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1rem; margin: 2rem 0 .5rem } p, td.soft { color: var(--soft) }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th { text-align: left; font-weight: 600; color: var(--soft) }
th, td { padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line) }
code { font: 13px/1.4 ui-monospace, monospace } a { color: var(--accent) }
.kind { display: inline-block; min-width: 3.2rem; color: var(--accent); font: 600 12px ui-monospace, monospace }
.problem { border-left: 3px solid light-dark(#c2255c, #ff7aa8); padding: .4rem .8rem; margin: .4rem 0 }
"""


def page(sources: Sources) -> str:
    """The page as HTML; everything of the project's is escaped."""
    steps = sources.table().steps
    rows = "".join(_row(step) for step in steps) or '<tr><td colspan="4">No Steps yet.</td></tr>'
    problems = "".join(_problem(notice) for notice in sources.notices() if notice.get("level") == "error")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Motia</title><style>{_STYLE}</style></head><body>
<h1>Motia</h1><p>Version {html.escape(sources.version)}. The Workbench will be here; until then the data is under
<a href="/__motia/traces">traces</a>, <a href="/__motia/logs">logs</a>, <a href="/__motia/state">state</a>,
<a href="/__motia/queue">queue</a>, <a href="/__motia/flows">flows</a> and <a href="/__motia/openapi.json">the OpenAPI document</a>.</p>
{f"<h2>Problems</h2>{problems}" if problems else ""}
<h2>Steps</h2><div class="wide"><table><thead><tr><th>Name</th><th>Started by</th><th>Emits</th><th>File</th></tr></thead>
<tbody>{rows}</tbody></table></div></body></html>"""


def _row(step: Step) -> str:
    triggers = "<br>".join(_trigger(trigger) for trigger in step.triggers)
    emits = ", ".join(html.escape(emitted.topic) for emitted in step.emits or ())
    return (
        f"<tr><td>{html.escape(step.name)}</td><td>{triggers}</td><td><code>{emits}</code></td>"
        f'<td class="soft"><code>{html.escape(step.file)}</code></td></tr>'
    )


def _trigger(trigger: Trigger) -> str:
    if isinstance(trigger, HttpTrigger):
        return f'<span class="kind">{trigger.method}</span> <code>{html.escape(trigger.path)}</code>'
    if isinstance(trigger, EventTrigger):
        return f'<span class="kind">event</span> <code>{html.escape(trigger.topic)}</code>'
    if isinstance(trigger, CronTrigger):
        return f'<span class="kind">cron</span> <code>{html.escape(trigger.expression)}</code>'
    return '<span class="kind">manual</span>'


def _problem(notice: dict[str, object]) -> str:
    return f'<div class="problem"><code>{html.escape(str(notice.get("file") or ""))}</code> {html.escape(str(notice["message"]))}</div>'
