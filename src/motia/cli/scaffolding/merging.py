"""Adds what a new project needs to files that its directory already has."""

from __future__ import annotations

import json
from typing import Any, Final

import click

_OWN_DEV: Final = "olddev"


def merged_package(there: str, ours: str) -> str:
    """A package.json with the scripts it lacks; all its own values stay, a `dev` script of its own as `olddev` (CLI-3)."""
    package = _object(there, "package.json")
    scripts = package.setdefault("scripts", {})
    if not isinstance(scripts, dict):
        raise click.ClickException('"scripts" in package.json is no object; nothing was written')
    wanted: dict[str, str] = json.loads(ours)["scripts"]
    if scripts.get("dev") not in {None, wanted["dev"]}:
        scripts[_free(_OWN_DEV, scripts)] = scripts.pop("dev")
    for name, command in wanted.items():
        scripts.setdefault(name, command)
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"


def merged_gitignore(there: str, ours: str) -> str:
    """A .gitignore with the patterns it lacks at its end."""
    known = {line.strip().strip("/") for line in there.splitlines()}
    missing = [
        line for line in ours.splitlines() if line and not line.startswith("#") and line.strip().strip("/") not in known
    ]
    if not missing:
        return there
    separator = "" if not there or there.endswith("\n") else "\n"
    return f"{there}{separator}\n# Motia\n" + "".join(f"{line}\n" for line in missing)


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as problem:
        raise click.ClickException(
            f"{name} here is not JSON ({problem.msg}, line {problem.lineno}); nothing was written"
        ) from None
    if not isinstance(value, dict):
        raise click.ClickException(f"{name} here is no object; nothing was written")
    return value


def _free(name: str, taken: dict[str, Any]) -> str:
    number, candidate = 2, name
    while candidate in taken:
        candidate, number = f"{name}{number}", number + 1
    return candidate
