"""`motia dev` and `motia start`."""

from __future__ import annotations

from pathlib import Path

import click

from motia.cli.options import serving
from motia.cli.serve import ServeOptions, serve


@click.command()
@click.option(
    "--test", is_flag=True, help="Temporary stores, section 'test' of the config, no cron by itself; for tests."
)
@click.option(
    "--clock",
    type=click.Choice(["machine", "manual"]),
    default="machine",
    help="With --test: 'manual' stands still until a test moves it, for schedules, delays and retries.",
)
@click.option("--watch", is_flag=True, hidden=True, help="Always on.")
@click.option("--disable-verbose", is_flag=True, hidden=True, help="Quiet is the default.")
@click.option("--motia-dir", type=click.Path(file_okay=False, path_type=Path), hidden=True)
@serving
def dev(
    directory: Path | None,
    port: int | None,
    host: str | None,
    environment: str | None,
    folders: tuple[str, ...],
    motia_dir: Path | None,
    *,
    test: bool,
    clock: str,
    watch: bool,  # noqa: ARG001 - accepted for scripts that pass it
    disable_verbose: bool,
    verbose: bool,
    debug: bool,
    mermaid: bool,
    as_json: bool,
) -> None:
    """Serve a project with hot reload."""
    if clock == "manual" and not test:
        raise click.UsageError("--clock manual is for tests: it needs --test")
    serve(
        "dev",
        ServeOptions(
            directory or motia_dir,
            port,
            host,
            environment,
            folders,
            verbose=verbose and not disable_verbose,
            debug=debug,
            mermaid=mermaid,
            as_json=as_json,
            test=test,
            manual_clock=clock == "manual",
        ),
    )


@click.command()
@serving
def start(
    directory: Path | None,
    port: int | None,
    host: str | None,
    environment: str | None,
    folders: tuple[str, ...],
    *,
    verbose: bool,
    debug: bool,
    mermaid: bool,
    as_json: bool,
) -> None:
    """Serve a project in production: no watching; finishes what runs when told to stop."""
    serve(
        "start",
        ServeOptions(
            directory, port, host, environment, folders, verbose=verbose, debug=debug, mermaid=mermaid, as_json=as_json
        ),
    )
