"""Flows as Mermaid flowcharts, one file per flow (FIL-4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from motia.project.files import write_if_changed

FOLDER: Final = ".mermaid"
_SYMBOLS: Final = {"api": "🌐", "event": "⚡", "cron": "⏰", "noop": "⚙️"}
_STYLES: Final = (
    "classDef apiStyle fill:#f96,stroke:#333,stroke-width:2px,color:#fff",
    "classDef eventStyle fill:#69f,stroke:#333,stroke-width:2px,color:#fff",
    "classDef cronStyle fill:#9c6,stroke:#333,stroke-width:2px,color:#fff",
    "classDef noopStyle fill:#3f3a50,stroke:#333,stroke-width:2px,color:#fff",
)


def mermaid(flow: Mapping[str, Any]) -> str:
    """The chart of one flow record of `flows.flow_records`."""
    ids = {step["id"]: f"s{number}_{_identifier(step['name'])}" for number, step in enumerate(flow["steps"], 1)}
    lines = [f"    {style}" for style in _STYLES]
    lines += [f"    {ids[step['id']]}{_node(step)}" for step in flow["steps"]]
    lines += [f"    {ids[edge['source']]} {_arrow(edge['data'])} {ids[edge['target']]}" for edge in flow["edges"]]
    return "\n".join(["flowchart TD", *lines, ""])


def write_mermaid(root: Path, flows: Mapping[str, Mapping[str, Any]]) -> tuple[Path, ...]:
    """Write a chart per flow into `.mermaid/`, remove those of flows that are gone; the files that changed."""
    folder = root / FOLDER
    charts = {folder / f"{_file_name(name)}.mmd": mermaid(flow) for name, flow in flows.items()}
    for stale in set(folder.glob("*.mmd")) - charts.keys():
        stale.unlink(missing_ok=True)
    return tuple(path for path, chart in charts.items() if write_if_changed(path, chart))


def _node(step: Mapping[str, Any]) -> str:
    kind = step["type"]
    return f'["{_SYMBOLS[kind]} {_text(step["name"])}"]:::{kind}Style'


def _arrow(data: Mapping[str, Any]) -> str:
    label = data.get("label") or data["topic"]
    line = "-->" if data["variant"] == "event" else "-.->"
    return f'{line}|"{_text(label)}"|' if label else line


def _identifier(name: str) -> str:
    return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "step"


def _text(text: str) -> str:
    return text.replace("#", "#35;").replace('"', "#quot;").replace("\n", " ")


def _file_name(flow: str) -> str:
    return re.sub(r'[\\/:*?"<>|\0]', "_", flow).lstrip(".") or "_"
