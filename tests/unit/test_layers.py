"""The arrows between layers point one way (DESIGN: layers)."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "motia"

# What each layer may import of ours; whatever is not named here may not be imported.
MAY_IMPORT: dict[str, set[str]] = {
    "model": set(),
    "ports": {"model"},
    "authoring": set(),
    "worker": {"authoring"},
    "client": set(),
    "project": {"model"},
    "runtime": {"model", "ports"},
    "pool": {"model", "ports"},
    "observe": {"model", "ports"},
    "http": {"model", "ports", "runtime"},
    "adapters": {"model", "ports"},
    "testing": {"model", "ports", "authoring"},
    "admin": {"model", "ports", "runtime", "observe"},
}
ROOTS = {"app", "cli"}  # the composition root and the commands may know all
FOREIGN = {"authoring", "worker"}  # loaded by the project's interpreter, where nothing is installed
OPTIONAL_THERE = {"orjson", "uvloop", "pydantic", "msgspec", "pydantic_core", "annotated_types", "typing_extensions"}


def modules(layer: str) -> list[Path]:
    return sorted((PACKAGE / layer).rglob("*.py"))


def imported(file: Path) -> set[str]:
    """The dotted names that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names if node.module == "motia")
    return names


def our_layers(file: Path) -> set[str]:
    parts = (name.split(".") for name in imported(file) if name.startswith("motia."))
    return {part[1] for part in parts if (PACKAGE / part[1]).is_dir()}


def test_every_layer_is_listed() -> None:
    folders = {
        path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name not in {"__pycache__", "_bundled"}
    }
    assert folders == set(MAY_IMPORT) | ROOTS


@pytest.mark.parametrize("layer", sorted(MAY_IMPORT))
def test_arrows_point_downwards(layer: str) -> None:
    wrong = [
        f"{file.relative_to(PACKAGE)} → {target}"
        for file in modules(layer)
        for target in sorted(our_layers(file) - {layer} - MAY_IMPORT[layer])
    ]
    assert wrong == []


def test_adapters_never_import_each_other() -> None:
    wrong = []
    for folder in (PACKAGE / "adapters").iterdir():
        for file in folder.rglob("*.py"):
            others = {name.split(".")[2] for name in imported(file) if name.startswith("motia.adapters.")} - {
                folder.name
            }
            wrong += [f"{file.relative_to(PACKAGE)} → {other}" for other in others]
    assert wrong == []


@pytest.mark.parametrize("layer", sorted(FOREIGN))
def test_what_runs_in_a_foreign_interpreter_needs_only_the_standard_library(layer: str) -> None:
    allowed = set(sys.stdlib_module_names) | OPTIONAL_THERE | {"motia", "__future__"}
    wrong = [
        f"{file.relative_to(PACKAGE)} → {name}"
        for file in modules(layer)
        for name in sorted(imported(file))
        if name.split(".")[0] not in allowed
    ]
    assert wrong == []


def test_the_check_sees_a_wrong_arrow(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("def f():\n    from motia.adapters.sqlite import SqliteStores\n")
    assert our_layers(file) == {"adapters"}
