"""Notices about a project, for somebody who asked for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import click

from motia.project.notice import Notice

_STYLES: Final = {"error": ("red", "ERROR"), "warning": ("yellow", "WARNING"), "hint": ("blue", "HINT")}


def show_notices(notices: Iterable[Notice]) -> None:
    """One line each, on standard error."""
    for each in notices:
        color, label = _STYLES[each.level]
        click.echo(f"{click.style(f'[{label}]', fg=color)} {each}", err=True)
