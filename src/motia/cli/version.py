"""`motia version`."""

from __future__ import annotations

from importlib import metadata

import click


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(metadata.version("motia"))
