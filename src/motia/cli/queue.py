"""`motia queue`: what is owed, what gave up, and giving it another chance."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from motia.cli.core_client import CoreClient
from motia.cli.options import F, as_json, project
from motia.cli.terminal import table

_PAYLOAD_WIDTH = 60


def _choosing(what: str) -> Callable[[F], F]:
    """The ways to say which deliveries are meant; `what` are all of them."""

    def decorate(function: F) -> F:
        for option in (
            click.option("--dry-run", is_flag=True, help="Only say what it would be."),
            click.option("--all", "everything", is_flag=True, help=f"{what}."),
            click.option("--topic", help=f"{what}, of this topic."),
            click.option("--step", help=f"{what}, of this Step."),
            click.argument("ids", nargs=-1),
        ):
            function = option(function)
        return function

    return decorate


@click.group()
def queue() -> None:
    """Look into the queue of the running core, and repair."""


@queue.command("list")
@as_json
@project
def list_queues(directory: Path | None, *, as_json: bool) -> None:
    """The books, per topic and Step."""
    books = CoreClient.of(directory).get("/__motia/queue")
    if as_json:
        click.echo(json.dumps(books, indent=2))
        return
    click.echo(_books(books["ledger"]))


@queue.command("verify")
@as_json
@project
def verify(directory: Path | None, *, as_json: bool) -> None:
    """Check that nothing was lost: accepted = done + pending + leased + dead + discarded. Exit 1 when it does not balance.

    Rows that could not be read were set aside and are counted as discarded; they are listed with their reasons.
    """
    core = CoreClient.of(directory)
    books = core.get("/__motia/queue")
    quarantine = core.get("/__motia/queue/quarantine")
    if as_json:
        click.echo(json.dumps({**books, "quarantine": quarantine}, indent=2))
    else:
        click.echo(_books(books["ledger"]))
        if quarantine["count"]:
            click.echo(
                click.style(f"! {quarantine['count']:,} rows could not be read and were set aside:", fg="yellow")
            )
            click.echo(
                table([[f"{count:,}", reason] for reason, count in quarantine["reasons"].items()], ["ROWS", "REASON"])
            )
    if not books["balanced"]:
        raise click.ClickException("the books do not balance; see the rows marked ✗")
    if not as_json:
        click.echo(click.style("✓ balanced", fg="green"))


@queue.command("pending")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many.")
@as_json
@project
def pending(limit: int, directory: Path | None, *, as_json: bool) -> None:
    """What waits or runs, by due time."""
    _deliveries(CoreClient.of(directory).get("/__motia/queue/pending", limit=limit), as_json=as_json)


@queue.command("scheduled")
@click.option("--step", help="Only of this Step.")
@click.option("--topic", help="Only of this topic.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many.")
@as_json
@project
def scheduled(step: str | None, topic: str | None, limit: int, directory: Path | None, *, as_json: bool) -> None:
    """What waits for a time to come, by due time: delayed events and retries."""
    found = CoreClient.of(directory).get("/__motia/queue/scheduled", step=step, topic=topic, limit=limit)
    _deliveries(found, as_json=as_json)


@queue.command("cancel")
@_choosing("All that waits")
@project
def cancel(
    ids: tuple[str, ...],
    step: str | None,
    topic: str | None,
    directory: Path | None,
    *,
    everything: bool,
    dry_run: bool,
) -> None:
    """Drop deliveries that have not begun, or wait for a retry: by id, or by filter. What runs is passed over."""
    answer = _chosen(
        "cancel", ids, step, topic, directory, everything=everything, dry_run=dry_run, listed_by="scheduled"
    )
    click.echo(f"{'Would cancel' if dry_run else 'Cancelled'}: {answer['cancelled']}")


@queue.command("pause")
@click.argument("step")
@project
def pause(step: str, directory: Path | None) -> None:
    """Hold back what waits for STEP, over restarts too, until it is resumed. What runs goes on to its end."""
    answer = CoreClient.of(directory).post("/__motia/queue/pause", {"step": step})
    click.echo(f"{answer['step']} {'is paused' if answer['changed'] else 'was paused already'}")


@queue.command("resume")
@click.argument("step")
@project
def resume(step: str, directory: Path | None) -> None:
    """Let the deliveries of STEP go on."""
    answer = CoreClient.of(directory).post("/__motia/queue/resume", {"step": step})
    click.echo(f"{answer['step']} {'goes on' if answer['changed'] else 'was not paused'}")


@queue.command("dead")
@click.option("--step", help="Only of this Step.")
@click.option("--topic", help="Only of this topic.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many.")
@as_json
@project
def dead(step: str | None, topic: str | None, limit: int, directory: Path | None, *, as_json: bool) -> None:
    """Dead letters, newest first."""
    found = CoreClient.of(directory).get("/__motia/queue/dead", step=step, topic=topic, limit=limit)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [
        [each["id"], each["step"], each["topic"], each["reason"], _clock(each["failedAt"]), each["error"]["message"]]
        for each in found
    ]
    click.echo(table(rows, ["ID", "STEP", "TOPIC", "REASON", "FAILED", "ERROR"]) if rows else "No dead letters.")


@queue.command("show")
@click.argument("delivery")
@project
def show(delivery: str, directory: Path | None) -> None:
    """One dead letter, whole."""
    click.echo(json.dumps(CoreClient.of(directory).get(f"/__motia/queue/dead/{delivery}"), indent=2))


@queue.command("redrive")
@_choosing("All dead letters")
@project
def redrive(
    ids: tuple[str, ...],
    step: str | None,
    topic: str | None,
    directory: Path | None,
    *,
    everything: bool,
    dry_run: bool,
) -> None:
    """Give dead letters their attempts again: by id, or by filter."""
    answer = _chosen("redrive", ids, step, topic, directory, everything=everything, dry_run=dry_run)
    click.echo(f"{'Would redrive' if dry_run else 'Redriven'}: {answer['redriven']}")


@queue.command("discard")
@_choosing("All dead letters")
@project
def discard(
    ids: tuple[str, ...],
    step: str | None,
    topic: str | None,
    directory: Path | None,
    *,
    everything: bool,
    dry_run: bool,
) -> None:
    """Drop dead letters for good: by id, or by filter."""
    answer = _chosen("discard", ids, step, topic, directory, everything=everything, dry_run=dry_run)
    click.echo(f"{'Would discard' if dry_run else 'Discarded'}: {answer['discarded']}")


def _chosen(
    what: str,
    ids: tuple[str, ...],
    step: str | None,
    topic: str | None,
    directory: Path | None,
    *,
    everything: bool,
    dry_run: bool,
    listed_by: str = "dead",
) -> Any:
    if not ids and not step and not topic and not everything:
        raise click.UsageError(f"which? Name ids, or --step, --topic or --all; 'motia queue {listed_by}' lists them")
    chosen = {"ids": list(ids)} if ids else {"step": step, "topic": topic}
    return CoreClient.of(directory).post(f"/__motia/queue/{what}", {**chosen, "dryRun": dry_run})


def _books(ledger: list[dict[str, Any]]) -> str:
    columns = ("accepted", "done", "pending", "leased", "dead", "discarded")
    rows = [
        [
            row["topic"] or "(direct)",
            row["step"],
            *(f"{row[column]:,}" for column in columns),
            ("✓" if row["balanced"] else "✗") + (click.style(" paused", fg="yellow") if row["paused"] else ""),
        ]
        for row in ledger
    ]
    headers = ["TOPIC", "STEP", *(column.upper() for column in columns), ""]
    return table(rows, headers) if rows else "Nothing was ever accepted."


def _deliveries(found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    rows = [
        [each["id"], each["step"], each["topic"] or each["kind"], f"{each['attempt']} of {each['maxAttempts']}", _clock(each["dueAt"]),
         _short(each["payload"])]
        for each in found
    ]  # fmt: skip
    click.echo(table(rows, ["ID", "STEP", "TOPIC", "ATTEMPT", "DUE", "PAYLOAD"]) if rows else "Nothing.")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _PAYLOAD_WIDTH else text[: _PAYLOAD_WIDTH - 1] + "…"


def _clock(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(milliseconds / 1000))
