"""Flow records, Mermaid charts, the manifest (PRJ-21, ADM-21, FIL-4, CLI-7)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from motia.model.step import Step
from motia.project.dialects import normalise, normalise_stream
from motia.project.flows import Seen, flow_records
from motia.project.manifest import build_manifest, read_manifest, stale_files, write_manifest
from motia.project.mermaid import mermaid, write_mermaid

HANDLER = {"params": 2, "names": None, "async": True}


def step(file: str, *, handler: Any = HANDLER, **config: Any) -> Step:
    language = "python" if file.endswith(".py") else "node"
    result = normalise({"entry": file, "form": "type", "config": config, "handler": handler}, file, language)
    assert result.step is not None, result.notices
    return result.step


def order_steps() -> list[Step]:
    return [
        step(
            "steps/add.step.ts",
            type="api",
            name="Add",
            path="/quotes",
            method="POST",
            description="Adds.",
            flows=["quotes"],
            bodySchema={"type": "object"},
            emits=["added", {"topic": "odd", "label": "if odd", "conditional": True}],
            virtualEmits=["seen"],
        ),
        step(
            "steps/index_step.py", type="event", name="Index", subscribes=["added", "odd"], flows=["quotes", "search"]
        ),
        step("steps/nightly.step.js", type="cron", name="Nightly", cron="@daily", flows=["quotes"], emits=["added"]),
        step(
            "steps/page.step.ts", type="noop", name="Page", handler=None, virtualSubscribes=["seen"], flows=["quotes"]
        ),
        step("steps/alone.step.ts", type="noop", name="Alone", handler=None),
    ]


def test_prj_21_flows_and_the_default_one() -> None:
    flows = flow_records(order_steps())
    assert list(flows) == ["default", "quotes", "search"]
    assert [node["name"] for node in flows["default"]["steps"]] == ["Alone"]
    assert (flows["quotes"]["id"], flows["quotes"]["name"]) == ("quotes", "quotes")


def test_adm_21_steps() -> None:
    steps = order_steps()
    record = flow_records(steps, ["steps/page.step.tsx"])["quotes"]
    add, index, nightly, page = record["steps"]
    assert add == {
        "id": steps[0].id,
        "name": "Add",
        "type": "api",
        "description": "Adds.",
        "filePath": "steps/add.step.ts",
        "language": "typescript",
        "emits": ["added", {"topic": "odd", "label": "if odd", "conditional": True}],
        "virtualEmits": ["seen"],
        "action": "webhook",
        "webhookUrl": "POST /quotes",
        "bodySchema": {"type": "object"},
    }
    assert (index["type"], index["language"], index["subscribes"]) == ("event", "python", ["added", "odd"])
    assert (nightly["type"], nightly["language"], nightly["cronExpression"]) == ("cron", "javascript", "0 0 * * *")
    assert (page["nodeComponentPath"], page["virtualSubscribes"]) == ("steps/page.step.tsx", ["seen"])


def test_adm_21_edges() -> None:
    steps = order_steps()
    add, index, nightly, page, _ = (each.id for each in steps)
    edges = flow_records(steps)["quotes"]["edges"]
    assert [(edge["source"], edge["target"], edge["data"]) for edge in edges] == [
        (add, index, {"variant": "event", "topic": "added", "labelVariant": "default"}),
        (add, index, {"variant": "event", "topic": "odd", "label": "if odd", "labelVariant": "conditional"}),
        (add, page, {"variant": "virtual", "topic": "seen", "labelVariant": "default"}),
        (nightly, index, {"variant": "event", "topic": "added", "labelVariant": "default"}),
    ]
    assert len({edge["id"] for edge in edges}) == len(edges)


def test_adm_21_d6_undeclared_edges_and_direct_starts() -> None:
    steps = order_steps()
    seen = [Seen("Nightly", "odd"), Seen("Nightly", "added"), Seen("Add", target="Nightly"), Seen("Gone", "odd")]
    edges = flow_records(steps, seen=seen)["quotes"]["edges"]
    undeclared = [
        (edge["source"], edge["target"], edge["data"]["topic"])
        for edge in edges
        if edge["data"]["variant"] == "undeclared"
    ]
    assert undeclared == [(steps[2].id, steps[1].id, "odd"), (steps[0].id, steps[2].id, "")]


def test_fil_4_mermaid() -> None:
    chart = mermaid(flow_records(order_steps())["quotes"])
    lines = [line.strip() for line in chart.splitlines()]
    assert lines[0] == "flowchart TD"
    assert [line.split()[1] for line in lines if line.startswith("classDef")] == [
        "apiStyle",
        "eventStyle",
        "cronStyle",
        "noopStyle",
    ]
    assert 's2_Index["⚡ Index"]:::eventStyle' in lines
    assert 's1_Add["🌐 Add"]:::apiStyle' in lines
    assert 's1_Add -->|"added"| s2_Index' in lines
    assert 's1_Add -->|"if odd"| s2_Index' in lines
    assert 's1_Add -.->|"seen"| s4_Page' in lines


def test_fil_4_names_are_escaped() -> None:
    chart = mermaid(flow_records([step("a.step.ts", type="noop", name='Say "hi" #1', handler=None)])["default"])
    assert 's1_Say_hi_1["⚙️ Say #quot;hi#quot; #35;1"]:::noopStyle' in chart


def test_fil_4_files(tmp_path: Path) -> None:
    flows = flow_records(order_steps())
    written = write_mermaid(tmp_path, {**flows, "../a:b": flows["search"]})
    assert sorted(path.name for path in written) == ["_a_b.mmd", "default.mmd", "quotes.mmd", "search.mmd"]
    assert write_mermaid(tmp_path, flows) == ()
    assert sorted(path.name for path in (tmp_path / ".mermaid").iterdir()) == [
        "default.mmd",
        "quotes.mmd",
        "search.mmd",
    ]


@pytest.fixture
def built(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    for name in ("steps/add.step.ts", "steps/index_step.py", "steps/page.step.ts", "streams/c.stream.ts", "src/lib.ts"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    steps = [order_steps()[0], order_steps()[1], order_steps()[3]]
    stream, _ = normalise_stream({"entry": "x", "config": {"name": "chat"}}, "streams/c.stream.ts", "node")
    assert stream is not None
    return tmp_path, build_manifest(tmp_path, steps, [stream], ["src/lib.ts", "motia.config.ts"])


def test_cli_7_manifest(built: tuple[Path, dict[str, Any]]) -> None:
    root, manifest = built
    add = manifest["steps"]["steps/add.step.ts"]
    assert (add["type"], add["entrypointPath"], add["filePath"]) == ("node", "steps/add.step.ts", "steps/add.step.ts")
    assert add["config"]["path"] == "/quotes"
    assert manifest["steps"]["steps/index_step.py"]["type"] == "python"
    assert manifest["steps"]["steps/page.step.ts"]["type"] == "noop"
    assert manifest["streams"]["chat"] == {"name": "chat", "storageType": "default", "filePath": "streams/c.stream.ts"}
    assert set(manifest["files"]) == {
        "src/lib.ts",
        "steps/add.step.ts",
        "steps/index_step.py",
        "steps/page.step.ts",
        "streams/c.stream.ts",
    }
    path = write_manifest(root / "dist", manifest)
    assert path.name == "motia.steps.json"
    assert read_manifest(root / "dist") == json.loads(json.dumps(manifest))


def test_cli_6_whether_a_build_is_current(built: tuple[Path, dict[str, Any]]) -> None:
    root, manifest = built
    assert stale_files(root, manifest, ["steps/add.step.ts"]) == ()
    (root / "src/lib.ts").write_text("changed")
    (root / "steps/index_step.py").unlink()
    assert stale_files(root, manifest, ["steps/new.step.ts"]) == (
        "src/lib.ts",
        "steps/index_step.py",
        "steps/new.step.ts",
    )


@pytest.mark.parametrize("content", [None, "{", "[]", '{"version": 99}'])
def test_cli_6_an_unreadable_manifest_is_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "motia.steps.json").write_text(content)
    assert read_manifest(tmp_path) is None
