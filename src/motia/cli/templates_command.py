"""`motia templates`."""

from __future__ import annotations

import json

import click

from motia.cli.options import as_json
from motia.cli.scaffolding.catalogue import TEMPLATES, aliases
from motia.cli.terminal import table


@click.command()
@as_json
def templates(*, as_json: bool) -> None:
    """List what `motia create` can start from."""
    if as_json:
        click.echo(json.dumps([_described(template.name) for template in TEMPLATES], indent=2))
        return
    rows = [[template.name, ", ".join(template.languages), template.summary] for template in TEMPLATES]
    click.echo(table(rows, ["TEMPLATE", "LANGUAGES", "WHAT IT IS"]))
    click.echo("\nmotia create NAME --template TEMPLATE --language LANGUAGE")
    click.echo("'starter' is the starter of the language. Names of Motia 0.17 work too: starter-multilang, …")


def _described(name: str) -> dict[str, object]:
    template = next(each for each in TEMPLATES if each.name == name)
    return {
        "name": template.name,
        "languages": list(template.languages),
        "description": template.summary,
        "aliases": list(aliases(template)),
    }
