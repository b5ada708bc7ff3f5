"""`dist/motia.steps.json`: what a build found, with the hashes that tell whether it still holds (CLI-6, CLI-7).

The keys `steps` and `streams` have the shape of 0.17; `version`, `files` and `hash` are ours.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from motia.model.step import Step, StreamDefinition
from motia.project.files import write_if_changed

FILE_NAME: Final = "motia.steps.json"
_VERSION: Final = 1


def build_manifest(
    root: Path, steps: Iterable[Step], streams: Iterable[StreamDefinition] = (), files: Iterable[str] = ()
) -> dict[str, Any]:
    """The manifest of a project. `files` are more files it depends on, relative to the root: imports, the config."""
    ordered, definitions = tuple(steps), tuple(streams)
    paths = {step.file for step in ordered} | {stream.file for stream in definitions} | set(files)
    hashes = {path: digest for path in sorted(paths) if (digest := _digest(root / path)) is not None}
    return {
        "version": _VERSION,
        "steps": {step.entry: _step(step, hashes.get(step.file)) for step in ordered},
        "streams": {
            stream.name: {"name": stream.name, "storageType": stream.storage, "filePath": stream.file}
            for stream in sorted(definitions, key=lambda each: each.name)
        },
        "files": hashes,
    }


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Write the manifest into the build's folder; its path."""
    path = folder / FILE_NAME
    write_if_changed(path, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return path


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest in a build's folder; None when there is none that this version can read."""
    try:
        manifest = json.loads((folder / FILE_NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) and manifest.get("version") == _VERSION else None


def stale_files(root: Path, manifest: Mapping[str, Any], present: Iterable[str] = ()) -> tuple[str, ...]:
    """The files that no longer are what was built, and those of `present` that the build did not see."""
    known: Mapping[str, str] = manifest.get("files", {})
    changed = {path for path, digest in known.items() if _digest(root / path) != digest}
    return tuple(sorted(changed | (set(present) - known.keys())))


def _step(step: Step, digest: str | None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "type": step.language if step.has_handler else "noop",
        "entrypointPath": step.file,
        "config": dict(step.config),
        "filePath": step.file,
        "name": step.name,
        "id": step.id,
    }
    if step.include_files:
        record["includeFiles"] = list(step.include_files)
    return record if digest is None else {**record, "hash": digest}


def _digest(path: Path) -> str | None:
    try:
        return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    except OSError:
        return None
