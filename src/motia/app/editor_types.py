"""The declarations of the module `motia`, where a project's tsconfig.json looks for them.

Editors and `tsc` then know the types without any npm package. They lie in `.motia/`, outside of version control.
"""

from __future__ import annotations

from pathlib import Path

from motia.pool.launch import node_runtime_folder
from motia.project.files import write_if_changed

_FOLDER = Path(".motia", "types", "motia")


def write_editor_types(root: Path) -> bool:
    """Bring the declarations up to date; False when this installation has none."""
    runtime = node_runtime_folder()
    if runtime is None:
        return False
    author = runtime / "dist" / "author"
    for file in author.rglob("*.d.ts"):
        write_if_changed(root / _FOLDER / file.relative_to(author), file.read_text(encoding="utf-8"))
    return True
