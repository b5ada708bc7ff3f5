"""Steps that are started by changes of state: durable and retried like events."""

from __future__ import annotations

from support.running_project import Project, until

WATCH = """
    export const config = { name: 'Watch', triggers: [{ type: 'state', groupId: 'orders' }] }
    export const handler = async (change, { logger }) => {
      logger.info(`saw ${change.event_type} ${change.key}`, { old: change.old_value, new: change.newValue })
    }
"""


def test_a_write_in_one_language_starts_a_step_in_another(project: Project) -> None:
    project.write("steps/watch.step.ts", WATCH)
    project.write(
        "steps/write_step.py",
        """
        config = {"type": "event", "name": "Write", "subscribes": ["write"]}
        async def handler(input, ctx):
            await ctx.state.set("orders", "a", {"n": 1})
            await ctx.state.set("other", "a", 1)
            await ctx.state.update("orders", "a", [{"type": "increment", "path": "n", "by": 2}])
            await ctx.state.delete("orders", "a")
            await ctx.state.delete("orders", "never there")
    """,
    )
    project.start()
    trace_id = project.http.post("/__motia/emit", json={"topic": "write", "data": 1}).json()["traceId"]
    seen = {line["msg"]: line for line in (project.expect_log("saw state:") for _ in range(3))}
    assert set(seen) == {"saw state:created a", "saw state:updated a", "saw state:deleted a"}
    assert (seen["saw state:updated a"]["old"], seen["saw state:updated a"]["new"]) == ({"n": 1}, {"n": 3})
    assert {line["traceId"] for line in seen.values()} == {trace_id}
    books = until(lambda: all(row["pending"] + row["leased"] == 0 for row in ledger(project)) and ledger(project))
    assert {(row["topic"], row["step"]): row["accepted"] for row in books} == {
        ("write", "Write"): 1,
        ("orders", "Watch"): 3,
    }


def ledger(project: Project) -> list[dict[str, int]]:
    rows: list[dict[str, int]] = project.http.get("/__motia/queue").json()["ledger"]
    return rows


def test_evt_29_a_step_that_starts_itself_ends_in_a_dead_letter(project: Project) -> None:
    project.write("motia.config.toml", "maxHops = 5\n")
    project.write(
        "steps/again_step.py",
        """
        config = {"name": "Again", "triggers": [{"type": "state"}]}
        async def handler(change, ctx):
            await ctx.state.set("loop", "n", change["new_value"] + 1)
    """,
    )
    project.start()
    project.motia("state", "set", "loop", "n", "0")
    project.expect_log("dead letter")
    [dead] = project.http.get("/__motia/queue/dead").json()
    assert dead["reason"] == "hop-limit"
    assert project.state("loop") == {"n": 5}
