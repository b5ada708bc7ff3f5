"""The queue's depth is bounded, and what cannot be read is seen."""

from __future__ import annotations

import json
from typing import Any

import apsw

from support.running_project import Project, until

HOLD = """
    import asyncio, os
    config = {"type": "event", "name": "Hold", "subscribes": ["held"]}
    async def handler(input, ctx):
        while not os.path.exists("go"):
            await asyncio.sleep(0.01)
"""
EMITTERS = {
    "python_step.py": """
        config = {"type": "api", "name": "EmitPython", "path": "/python", "method": "POST"}
        async def handler(req, ctx):
            await ctx.emit({"topic": "held", "data": 1})
            return {"status": 200, "body": {}}
    """,
    "node.step.ts": """
        export const config = { type: 'api', name: 'EmitNode', path: '/node', method: 'POST' }
        export const handler = async (req, ctx) => {
            await ctx.emit({ topic: 'held', data: 1 })
            return { status: 200, body: {} }
        }
    """,
    "ruby_step.rb": """
        def config
          { type: 'api', name: 'EmitRuby', path: '/ruby', method: 'POST' }
        end
        def handler(req, ctx)
          ctx.emit(topic: 'held', data: 1)
          { status: 200, body: {} }
        end
    """,
}


def ledger(project: Project) -> dict[str, Any]:
    [line] = project.http.get("/__motia/queue").raise_for_status().json()["ledger"]
    return dict(line)


def test_a_full_queue_refuses_events_with_a_reason_and_takes_them_again(project: Project) -> None:
    project.write("motia.config.toml", "[queue]\nmaxDepth = 3\n")
    project.write("steps/hold_step.py", HOLD)
    for file, source in EMITTERS.items():
        project.write(f"steps/{file}", source)
    project.start()
    for language in ("python", "node", "ruby"):
        project.http.post(f"/{language}").raise_for_status()
    why = "the queue is full: it holds 3 deliveries and takes at most 3 (queue.maxDepth)"
    refused = project.http.post("/__motia/emit", json={"topic": "held", "data": 1})
    assert (refused.status_code, refused.headers["retry-after"], refused.json()) == (503, "1", {"error": why})
    for language in ("python", "node", "ruby"):
        refused = project.http.post(f"/{language}")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1"), language
        assert refused.json() == {"error": "The server cannot take more work right now"}
        assert why in project.expect_log(why)["msg"]
    (project.root / "go").touch()
    until(lambda: ledger(project)["done"] == 3)
    project.http.post("/ruby").raise_for_status()
    until(lambda: ledger(project)["done"] == 4)
    assert ledger(project)["accepted"] == 4


def test_rows_that_were_set_aside_are_listed_with_their_reasons(project: Project) -> None:
    project.write("steps/hold_step.py", HOLD)
    project.start()
    for _ in range(4):
        project.http.post("/__motia/emit", json={"topic": "held", "data": {"card": 1}}).raise_for_status()
    project.kill()
    db = apsw.Connection(str(project.root / ".motia" / "data.db"))
    first, second = [seq for (seq,) in db.execute("SELECT seq FROM deliveries ORDER BY seq LIMIT 2")]
    db.execute("UPDATE deliveries SET kind = 'odd' WHERE seq = ?", (first,))
    db.execute("UPDATE deliveries SET step = CAST(x'ff' AS TEXT) WHERE seq = ?", (second,))
    db.close()
    (project.root / ".motia" / "traces.db").write_bytes(b"no database" * 1_000)
    for suffix in ("-wal", "-shm"):
        (project.root / ".motia" / f"traces.db{suffix}").unlink(missing_ok=True)
    project.start()
    assert "traces.db was damaged and is now " in project.said()
    assert "1 deliveries could not be read and were set aside; see 'motia queue verify'" in project.said()
    [aside] = (project.root / ".motia").glob("traces.db.damaged-*Z")
    assert aside.read_bytes() == b"no database" * 1_000
    (project.root / "go").touch()
    until(lambda: ledger(project)["done"] == 2)
    found = until(lambda: quarantine(project, 2))
    assert found["reasons"] == {"kind is 'odd'": 1, "not UTF-8: invalid start byte": 1}
    assert found["rows"][0]["origin"] == "deliveries"
    assert found["rows"][0]["row"]["topic"] == "held"
    # The one that lost its Step is missing in the books, and the command says so.
    shown = project.motia("queue", "verify", status=1)
    assert "2 rows could not be read and were set aside" in shown
    assert "kind is 'odd'" in shown
    assert "not UTF-8: invalid start byte" in shown
    assert (
        json.loads(project.motia("queue", "verify", "--json", status=1).partition("\nError")[0])["quarantine"] == found
    )


def quarantine(project: Project, count: int) -> dict[str, Any] | None:
    """What was set aside, once it is so many."""
    found: dict[str, Any] = project.http.get("/__motia/queue/quarantine").raise_for_status().json()
    return found if found["count"] == count else None
