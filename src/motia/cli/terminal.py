"""What a person sees while a core runs: what was registered, what is wrong and where, and the log."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

import click

from motia.model.records import LogRecord
from motia.model.step import (
    CronTrigger,
    EventTrigger,
    HttpTrigger,
    StateTrigger,
    Step,
    StreamDefinition,
    StreamTrigger,
    Trigger,
)
from motia.project.notice import Notice

_COLORS: Final = {"debug": "bright_black", "info": "cyan", "warn": "yellow", "error": "red"}
_ORDER: Final = ("debug", "info", "warn", "error")
_KIND: Final = {"api": "API", "event": "Event", "cron": "Cron", "noop": "Noop"}
_MOST_LISTED: Final = 20
_VALUE_WIDTH: Final = 200


class Terminal:
    """A `Reporter` for people; `level` is the least level of log records shown."""

    def __init__(self, *, level: str = "info", verbose: bool = False) -> None:
        """Writes to standard output."""
        self._least = _ORDER.index(level)
        self._verbose = verbose
        self._noticed: set[str] = set()

    def say(self, level: str, message: str) -> None:
        """A sentence of the core's own."""
        if level == "info" and not self._verbose:
            _line(click.style("➜ ", fg="blue") + message)
        else:
            label = {"warn": click.style("[WARNING]", fg="yellow"), "error": click.style("[ERROR]", fg="red")}.get(
                level, "➜"
            )
            _line(f"{label} {message}")

    def code_changed(
        self, added: Sequence[Step], updated: Sequence[Step], removed: Sequence[Step], took_ms: float
    ) -> None:
        """One line per Step; of many, a count."""
        for label, color, steps in (
            ("REGISTERED", "green", added),
            ("UPDATED", "cyan", updated),
            ("REMOVED", "red", removed),
        ):
            shown = steps if self._verbose or len(steps) <= _MOST_LISTED else steps[:_MOST_LISTED]
            for step in shown:
                kind = click.style(f"({_KIND[step.kind]})", fg="bright_black")
                where = click.style(step.file, fg="bright_black")
                _line(f"{click.style(f'[{label}]', fg=color)} Step {kind} {step.name} {_triggers(step)} {where}")
            if len(shown) < len(steps):
                _line(
                    f"{click.style(f'[{label}]', fg=color)} … and {len(steps) - len(shown)} more Steps (--verbose lists all)"
                )
        if updated or removed:
            _line(click.style(f"  reloaded in {took_ms:.0f} ms", fg="bright_black"))

    def streams_changed(
        self,
        added: Sequence[StreamDefinition],
        updated: Sequence[StreamDefinition],
        removed: Sequence[StreamDefinition],
    ) -> None:
        """One line per stream."""
        for label, color, streams in (
            ("REGISTERED", "green", added),
            ("UPDATED", "cyan", updated),
            ("REMOVED", "red", removed),
        ):
            for stream in streams:
                where = click.style(stream.file, fg="bright_black")
                _line(f"{click.style(f'[{label}]', fg=color)} Stream {stream.name} {where}")

    def noticed(self, notices: Sequence[Notice]) -> None:
        """New notices; what was said before is not repeated."""
        now = {str(notice) for notice in notices}
        for notice in notices:
            if str(notice) not in self._noticed:
                color, label = {"error": ("red", "ERROR"), "warning": ("yellow", "WARNING")}.get(
                    notice.level, ("blue", "HINT")
                )
                _line(f"{click.style(f'[{label}]', fg=color)} {notice}")
        if (
            self._noticed
            and not any(notice.level == "error" for notice in notices)
            and any(text not in now for text in self._noticed)
        ):
            _line(click.style("✓ what was reported is resolved", fg="green"))
        self._noticed = now

    def logged(self, record: LogRecord) -> None:
        """One readable line."""
        if _ORDER.index(record.level) >= self._least:
            _line(log_line(record.time, record.level, record.message, record.step, record.trace_id, record.args))


class JsonLines:
    """A `Reporter` for machines: one JSON object per line (LOG-2)."""

    def __init__(self, *, level: str = "info") -> None:
        """Writes to standard output."""
        self._least = _ORDER.index(level)

    def say(self, level: str, message: str) -> None:
        """A sentence of the core's own."""
        self._write({"time": time.time_ns() // 1_000_000, "level": level, "msg": message})

    def code_changed(
        self, added: Sequence[Step], updated: Sequence[Step], removed: Sequence[Step], took_ms: float
    ) -> None:
        """One object for all."""
        names = {"added": added, "updated": updated, "removed": removed}
        self._write(
            {
                "event": "steps",
                **{key: [step.name for step in steps] for key, steps in names.items()},
                "ms": round(took_ms),
            }
        )

    def streams_changed(
        self,
        added: Sequence[StreamDefinition],
        updated: Sequence[StreamDefinition],
        removed: Sequence[StreamDefinition],
    ) -> None:
        """One object for all, unless nothing changed."""
        if added or updated or removed:
            names = {"added": added, "updated": updated, "removed": removed}
            self._write({"event": "streams", **{key: [each.name for each in found] for key, found in names.items()}})

    def noticed(self, notices: Sequence[Notice]) -> None:
        """One object per notice."""
        for notice in notices:
            self._write({"event": "notice", **notice.as_json()})

    def logged(self, record: LogRecord) -> None:
        """The record."""
        if _ORDER.index(record.level) < self._least:
            return
        named = {"step": record.step, "traceId": record.trace_id, "flows": list(record.flows)}
        given = {key: value for key, value in named.items() if value}
        fields = {"id": record.id, "time": record.time, "level": record.level, "msg": record.message}
        self._write(record.args | fields | given)

    def _write(self, fields: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(fields, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()


def log_line(
    moment: int, level: str, message: str, step: str | None, trace_id: str | None, args: dict[str, Any]
) -> str:
    """A log record as one readable line; an error's stack goes below it."""
    clock = time.strftime("%H:%M:%S", time.localtime(moment / 1000)) + f".{moment % 1000:03d}"
    parts = [click.style(clock, fg="bright_black"), click.style(f"{level:<5}", fg=_COLORS.get(level))]
    if trace_id:
        parts.append(click.style(trace_id[-6:], fg="bright_black"))
    if step:
        parts.append(click.style(step, bold=True))
    parts.append(message)
    stack = args.get("error", {}).get("stack") if isinstance(args.get("error"), dict) else None
    rest = {key: value for key, value in args.items() if not (stack and key in {"error", "attempt", "reason"})}
    if rest:
        text = json.dumps(rest, ensure_ascii=False, default=str)
        parts.append(click.style(text if len(text) <= _VALUE_WIDTH else text[:_VALUE_WIDTH] + "…", fg="bright_black"))
    if stack:
        indented = "\n".join(f"    {line}" for line in str(stack).splitlines()[-12:])
        parts.append("\n" + click.style(indented, fg="bright_black"))
    return " ".join(parts)


def _triggers(step: Step) -> str:
    return click.style(", ".join(_trigger(trigger) for trigger in step.triggers), fg="magenta")


def _trigger(trigger: Trigger) -> str:
    if isinstance(trigger, HttpTrigger):
        return f"{trigger.method} {trigger.path}"
    if isinstance(trigger, EventTrigger):
        return trigger.topic
    if isinstance(trigger, CronTrigger):
        return trigger.expression
    if isinstance(trigger, StateTrigger):
        return "/".join(["state", *(part for part in (trigger.group, trigger.key) if part)])
    if isinstance(trigger, StreamTrigger):
        return "/".join(["stream", trigger.stream, *(part for part in (trigger.group, trigger.item) if part)])
    return trigger.kind


def _line(text: str) -> None:
    click.echo(text)


def table(rows: Sequence[Sequence[str]], headers: Sequence[str]) -> str:
    """Columns aligned for a terminal; styled cells keep their width."""
    widths = [max(len(click.unstyle(row[at])) for row in (headers, *rows)) for at in range(len(headers))]
    lines = [[click.style(header, bold=True) for header in headers], *rows]
    return "\n".join(
        "  ".join(
            cell + " " * (width - len(click.unstyle(cell))) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )
