"""`motia runs` and `motia tail`: runs with their status; doing them again, and ending them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from motia.cli.core_client import CoreClient, parsed_json
from motia.cli.options import as_json, project
from motia.cli.terminal import table

_STATUSES = ["queued", "running", "waiting", "retrying", "completed", "failed", "cancelled"]
_COLORS = {
    "queued": "bright_black",
    "running": "yellow",
    "waiting": "blue",
    "retrying": "magenta",
    "completed": "green",
    "failed": "red",
    "cancelled": "bright_black",
}
_SIGNS = {
    "queued": "○", "running": "◐", "waiting": "◷", "retrying": "↻", "completed": "●", "failed": "✗", "cancelled": "⊘",
}  # fmt: skip
_WIDTH = 100


@click.group()
def runs() -> None:
    """Look at runs of the running core, replay and cancel them."""


@runs.command("ls")
@click.option("--status", type=click.Choice(_STATUSES), multiple=True, help="Only in this status; may be repeated.")
@click.option("--step", help="Only those that ran in this Step.")
@click.option("--flow", help="Only those of this flow.")
@click.option(
    "--trigger", type=click.Choice(["http", "event", "cron", "manual", "state", "stream"]), help="Only begun by this."
)
@click.option("--attribute", multiple=True, metavar="NAME:VALUE", help="Only with this attribute; may be repeated.")
@click.option("--text", help="Only with this text in the id, Step, topic, error or the beginning of the input.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
@as_json
@project
def ls(
    status: tuple[str, ...],
    step: str | None,
    flow: str | None,
    trigger: str | None,
    attribute: tuple[str, ...],
    text: str | None,
    limit: int,
    directory: Path | None,
    *,
    as_json: bool,
) -> None:
    """List runs, newest first."""
    answer = CoreClient.of(directory).get(
        "/__motia/runs", status=",".join(status) or None, step=step, flow=flow, trigger=trigger,
        attribute=",".join(attribute) or None, text=text, limit=limit,
    )  # fmt: skip
    if as_json:
        click.echo(json.dumps(answer["runs"], indent=2))
        return
    rows = [_row(each) for each in answer["runs"]]
    headers = ["RUN", "STATUS", "STARTED", "TOOK", "TRIGGER", "STEP", "ATTEMPTS", "ERROR"]
    click.echo(table(rows, headers) if rows else "No runs.")


@runs.command("show")
@click.argument("run")
@as_json
@project
def show(run: str, directory: Path | None, *, as_json: bool) -> None:
    """One RUN with its input, output and what is owed to it."""
    shown = CoreClient.of(directory).get(f"/__motia/runs/{run}")
    click.echo(json.dumps(shown, indent=2) if as_json else _page(shown))


@runs.command("replay")
@click.argument("run")
@click.option("--step", help="From this Step on, with the input of its last attempt.")
@click.option("-i", "--input", "given", help="Another input as JSON; for a request, its body.")
@click.option(
    "-H", "--header", "headers", multiple=True, metavar="NAME:VALUE", help="A header of the request; may be repeated."
)
@as_json
@project
def replay(
    run: str, step: str | None, given: str | None, headers: tuple[str, ...], directory: Path | None, *, as_json: bool
) -> None:
    """Do a RUN again, as a new one that is linked to it."""
    body: dict[str, Any] = {"headers": dict(_header(each) for each in headers)}
    if step is not None:
        body["step"] = step
    if given is not None:
        body["input"] = parsed_json(given, "--input")
    answer = CoreClient.of(directory).post(f"/__motia/runs/{run}/replay", body)
    click.echo(json.dumps(answer) if as_json else f"Replayed {run}: the new run is {answer['id']}")


@runs.command("cancel")
@click.argument("run")
@click.option("--dry-run", is_flag=True, help="Only say what it would be.")
@project
def cancel(run: str, directory: Path | None, *, dry_run: bool) -> None:
    """Cancel a RUN: drop the deliveries that wait, stop the attempts that run."""
    answer = CoreClient.of(directory).post(f"/__motia/runs/{run}/cancel", {"dryRun": dry_run})
    words = "Would cancel" if dry_run else "Cancelled"
    click.echo(f"{words}: {answer['cancelled']} waiting, {answer['stopped']} running")


@click.command()
@click.option("--status", type=click.Choice(_STATUSES), multiple=True, help="Only in this status; may be repeated.")
@click.option("--step", help="Only those that run in this Step.")
@click.option("--flow", help="Only those of this flow.")
@as_json
@project
def tail(status: tuple[str, ...], step: str | None, flow: str | None, directory: Path | None, *, as_json: bool) -> None:
    """Follow runs as they begin, change and end, until interrupted."""
    client = CoreClient.of(directory)
    for each in client.events("/__motia/runs/live", status=",".join(status) or None, step=step, flow=flow):
        click.echo(json.dumps(each) if as_json else _line(each))


def _row(run: dict[str, Any]) -> list[str]:
    return [
        run["id"], _status(run["status"]), _clock(run["start"]), _took(run["durationMs"]), run["trigger"], run["step"],
        str(run["attempts"]), _short(run["error"] or ""),
    ]  # fmt: skip


def _line(run: dict[str, Any]) -> str:
    about = " ".join(
        part
        for part in (run["trigger"], run["topic"] or run["attributes"].get("http.path"), _took(run["durationMs"]))
        if part and part != "…"
    )
    error = f"  {click.style(_short(run['error']), fg='red')}" if run["error"] else ""
    padding = " " * (12 - len(_status(run["status"], plain=True)))
    note = click.style(about, fg="bright_black")
    return f"{_clock(run['start'])}  {_status(run['status'])}{padding}{click.style(run['step'], bold=True)} {note}  {run['id']}{error}"


def _page(run: dict[str, Any]) -> str:
    facts = [
        ("Run", click.style(run["id"], bold=True)),
        ("Status", _status(run["status"])),
        ("Step", f"{run['step']} ({run['trigger']}{' ' + run['topic'] if run['topic'] else ''})"),
        ("Flows", ", ".join(run["flows"])),
        ("Started", _clock(run["start"])),
        ("Took", _took(run["durationMs"])),
        ("", f"queued {_took(run['queuedMs'])}, running {_took(run['runningMs'])}, back-off {_took(run['backoffMs'])}"),
        ("Attempts", f"{run['attempts']} in {', '.join(run['steps'])}"),
        ("Version", (run["version"] or "")[: len("sha256:") + 12]),
        ("Replay of", run["replayOf"] or ""),
        ("Replayed as", ", ".join(run["replays"])),
        ("Error", click.style(run["error"], fg="red") if run["error"] else ""),
        *((name, text) for name, text in sorted(run["attributes"].items()) if not name.startswith("replay.")),
    ]
    width = max(len(name) for name, _ in facts)
    lines = [f"{click.style(name.ljust(width), fg='bright_black')}  {text}" for name, text in facts if text]
    for title, value in (("Input", run["input"]), ("Output", run["output"])):
        if value is not None:
            lines += ["", click.style(title, bold=True), json.dumps(value, indent=2, ensure_ascii=False)]
    if run["owed"]:
        owed = [
            [each["id"], each["step"], each["place"], f"{each['attempt']} of {each['maxAttempts']}", _clock(each["dueAt"] * 1000)]
            for each in run["owed"]
        ]  # fmt: skip
        lines += [
            "",
            click.style("Deliveries that are not over", bold=True),
            table(owed, ["ID", "STEP", "IS", "ATTEMPT", "DUE"]),
        ]
    return "\n".join(lines)


def _status(status: str, *, plain: bool = False) -> str:
    text = f"{_SIGNS.get(status, '·')} {status}"
    return text if plain else click.style(text, fg=_COLORS.get(status))


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.UsageError(f"--header must be NAME:VALUE, not {text!r}")
    return name.strip(), value.strip()


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def _clock(micro: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(micro / 1_000_000))


def _took(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "…"
    return f"{milliseconds:.1f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"  # noqa: PLR2004 - a second
