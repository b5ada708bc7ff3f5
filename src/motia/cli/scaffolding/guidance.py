"""Files that tell editors and assistants how Steps are written: one text, where each of them looks for it (CLI-23)."""

from __future__ import annotations

from typing import Final

from motia.cli.scaffolding.content import files_of

_RULES: Final = ".cursor/rules/motia.mdc"
_AGENTS: Final = "AGENTS.md"
_FRONT_MATTER: Final = "---\n"
_INTRODUCTION: Final = "This is a Motia project: a backend made of Steps.\n\n"


def guidance_files() -> dict[str, str]:
    """Path → text. The rules of Cursor are the source; `AGENTS.md` says the same to everyone else, `CLAUDE.md` points to it."""
    cursor = files_of(["cursor"], {})
    text = cursor[_RULES].split(_FRONT_MATTER, 2)[2].lstrip()
    return {_AGENTS: _INTRODUCTION + text, "CLAUDE.md": f"@{_AGENTS}\n", **cursor}
