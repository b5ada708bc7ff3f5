"""The files of a template, ready to be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

_TEMPLATES: Final = Path(__file__).parent.parent / "templates"
# A file that configures the place it lies in, such as .gitignore, is stored under a name that does not.
_DOT: Final = "dot-"


def files_of(layers: Iterable[str], values: Mapping[str, str]) -> dict[str, str]:
    """Path → text of the files in `layers`, in path order; a later layer wins. `{{key}}` is replaced by `values[key]`."""
    files: dict[str, str] = {}
    for layer in layers:
        folder = _TEMPLATES / layer
        for path in sorted(folder.rglob("*")):
            # Installers compile the Python files they find.
            if path.is_file() and "__pycache__" not in path.parts:
                files[_target(path.relative_to(folder))] = _filled(path.read_text(encoding="utf-8"), values)
    return dict(sorted(files.items()))


def _target(stored: Path) -> str:
    return "/".join(f".{part[len(_DOT) :]}" if part.startswith(_DOT) else part for part in stored.parts)


def _filled(text: str, values: Mapping[str, str]) -> str:
    for key, value in values.items():
        text = text.replace(f"{{{{{key}}}}}", value)
    return text
