"""The layout of flows that people arranged: `motia-workbench.json`, which is meant to be committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import orjson

FILE: Final = "motia-workbench.json"


def layouts(root: Path) -> dict[str, Any]:
    """The places of each flow's Steps by flow; empty where there is no such file or it cannot be read."""
    try:
        stored = orjson.loads((root / FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    entries = stored if isinstance(stored, list) else []
    return {
        str(entry["id"]): entry["config"]
        for entry in entries
        if isinstance(entry, dict) and "id" in entry and isinstance(entry.get("config"), dict)
    }
