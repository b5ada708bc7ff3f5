"""Streams whose items an object of the author's keeps (STR-3), through a real core, in three languages."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from support.live_feed import live_feed
from support.running_project import Project, until

# The items are in the worker's memory. The item `fail` cannot be had or stored, `die` ends the worker.
STORAGE = {
    "python": (
        "kept_stream.py",
        """
        import os
        import signal

        class Kept:
            def __init__(self):
                self.items = {}

            async def get(self, group_id, item_id):
                self.check(item_id)
                return self.items.get((group_id, item_id))

            def set(self, group_id, item_id, data):
                self.check(item_id)
                self.items[group_id, item_id] = data

            async def delete(self, group_id, item_id):
                self.check(item_id)
                return self.items.pop((group_id, item_id), None)

            async def get_group(self, group_id):
                if group_id == "fail":
                    raise RuntimeError("the shelf fell down")
                if group_id == "no list":
                    return {}
                return [item for (group, _), item in self.items.items() if group == group_id]

            async def send(self, channel, event):
                if event.type == "fail":
                    raise RuntimeError("the shelf fell down")
                self.items[channel.group_id, "last-sent"] = {"id": "last-sent", "of": channel.id, "type": event.type}

            def check(self, item_id):
                if item_id == "fail":
                    raise RuntimeError("the shelf fell down")
                if item_id == "die":
                    os.kill(os.getpid(), signal.SIGKILL)

        config = {"name": "kept", "baseConfig": {"storageType": "custom", "factory": Kept}}
        """,
    ),
    "typescript": (
        "kept.stream.ts",
        """
        class Kept {
          items = new Map<string, any>()
          async get(groupId: string, id: string) { this.check(id); return this.items.get(`${groupId}/${id}`) }
          set(groupId: string, id: string, data: any) { this.check(id); this.items.set(`${groupId}/${id}`, data) }
          async delete(groupId: string, id: string) {
            this.check(id)
            const item = this.items.get(`${groupId}/${id}`)
            this.items.delete(`${groupId}/${id}`)
            return item
          }
          async getGroup(groupId: string) {
            if (groupId === 'fail') throw new Error('the shelf fell down')
            if (groupId === 'no list') return {}
            return [...this.items].filter(([key]) => key.startsWith(`${groupId}/`)).map(([, item]) => item)
          }
          async send(channel: any, event: any) {
            if (event.type === 'fail') throw new Error('the shelf fell down')
            this.items.set(`${channel.groupId}/last-sent`, { id: 'last-sent', of: channel.id ?? null, type: event.type })
          }
          check(id: string) {
            if (id === 'fail') throw new Error('the shelf fell down')
            if (id === 'die') process.kill(process.pid, 'SIGKILL')
          }
        }
        export const config = { name: 'kept', baseConfig: { storageType: 'custom', factory: () => new Kept() } }
        """,
    ),
    "ruby": (
        "kept_stream.rb",
        """
        class Kept
          def initialize
            @items = {}
          end

          def get(group_id, id)
            check(id)
            @items[[group_id, id]]
          end

          def set(group_id, id, data)
            check(id)
            @items[[group_id, id]] = data.to_h
          end

          def delete(group_id, id)
            check(id)
            @items.delete([group_id, id])
          end

          def get_group(group_id)
            raise 'the shelf fell down' if group_id == 'fail'
            return {} if group_id == 'no list'

            @items.select { |(group, _), _| group == group_id }.values
          end

          def send(channel, event)
            raise 'the shelf fell down' if event[:type] == 'fail'

            @items[[channel.group_id, 'last-sent']] = { id: 'last-sent', of: channel[:id], type: event[:type] }
          end

          def check(id)
            raise 'the shelf fell down' if id == 'fail'

            Process.kill('KILL', Process.pid) if id == 'die'
          end
        end

        def config = { name: 'kept', baseConfig: { storageType: 'custom', factory: -> { Kept.new } } }
        """,
    ),
}
CALLER = {
    "python": (
        "do_step.py",
        """
        config = {"type": "api", "name": "Do", "path": "/do", "method": "POST"}
        async def handler(req, ctx):
            try:
                return {"status": 200, "body": {"result": await getattr(ctx.streams.kept, req.body["op"])(*req.body["args"])}}
            except Exception as problem:
                return {"status": 400, "body": {"problem": str(problem)}}
        """,
    ),
    "typescript": (
        "do.step.ts",
        """
        export const config = { type: 'api', name: 'Do', path: '/do', method: 'POST' }
        export const handler = async (req: any, { streams }: any) => {
          try {
            return { status: 200, body: { result: (await streams.kept[req.body.op](...req.body.args)) ?? null } }
          } catch (problem: any) {
            return { status: 400, body: { problem: problem.message } }
          }
        }
        """,
    ),
    "ruby": (
        "do_step.rb",
        """
        def config = { type: 'api', name: 'Do', path: '/do', method: 'POST' }
        def handler(req, ctx)
          { status: 200, body: { result: ctx.streams.kept.public_send(req.body[:op], *req.body[:args]) } }
        rescue StandardError => e
          { status: 400, body: { problem: e.message } }
        end
        """,
    ),
}
WATCH = """
    config = {"name": "Watch", "triggers": [{"type": "stream", "streamName": "kept"}]}
    async def handler(input, ctx):
        await ctx.state.set("watched", f"{input['event']['type']} {input['id']}", True)
"""


class Kept:
    """The stream, as the handler of a Step calls it."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def ask(self, op: str, *args: Any) -> Any:
        answer = self.project.http.post("/do", json={"op": op, "args": args})
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def problem(self, op: str, *args: Any) -> str:
        answer = self.project.http.post("/do", json={"op": op, "args": args})
        assert answer.status_code == 400, answer.text
        return str(answer.json()["problem"])


@pytest.fixture(params=sorted(STORAGE))
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def written(project: Project, language: str) -> Project:
    name, source = STORAGE[language]
    project.write(f"streams/{name}", source)
    return project


@pytest.fixture
def kept(written: Project, language: str) -> Kept:
    name, source = CALLER[language]
    written.write(f"steps/{name}", source)
    written.start()
    return Kept(written)


def fields(item: Any) -> Any:
    """The author's part of an item."""
    return item and {key: value for key, value in item.items() if key not in {"_createdAt", "__motia"}}


def heard(event: tuple[str, Any]) -> tuple[str, Any]:
    kind, data = event
    return kind, [fields(each) for each in data] if isinstance(data, list) else fields(data)


def test_str_3_every_call_asks_the_authors_object_and_is_told_to_subscribers(kept: Kept) -> None:
    assert kept.ask("get", "g", "a") is None
    assert fields(kept.ask("set", "g", "a", {"n": 1})) == {"n": 1, "id": "a"}
    with live_feed(kept.project.url, "kept", "g") as feed, live_feed(kept.project.url, "kept", "g", "b") as one:
        assert heard(feed.event()) == ("sync", [{"n": 1, "id": "a"}])
        first = kept.ask("get", "g", "a")
        assert first["__motia"] == {"type": "state-stream", "streamName": "kept", "groupId": "g", "id": "a"}
        pair = kept.ask("update", "g", "a", [{"type": "increment", "path": "n", "by": 2}])
        assert (fields(pair["old_value"]), fields(pair["new_value"])) == ({"n": 1, "id": "a"}, {"n": 3, "id": "a"})
        assert pair["new_value"]["_createdAt"] == first["_createdAt"]
        kept.ask("set", "g", "b", {"n": 5})
        kept.ask("set", "elsewhere", "c", {"n": 6})
        assert [fields(item) for item in kept.ask("getGroup", "g")] == [{"n": 3, "id": "a"}, {"n": 5, "id": "b"}]
        assert fields(kept.ask("delete", "g", "a")) == {"n": 3, "id": "a"}
        assert kept.ask("delete", "g", "a") is None
        kept.ask("send", {"groupId": "g", "id": "b"}, {"type": "typing", "data": [1]})
        kept.ask("clear", "g")
        assert kept.ask("getGroup", "g") == []
        assert fields(kept.ask("get", "elsewhere", "c")) == {"n": 6, "id": "c"}
        assert [heard(feed.event()) for _ in range(6)] == [
            ("update", {"n": 3, "id": "a"}),
            ("create", {"n": 5, "id": "b"}),
            ("delete", {"n": 3, "id": "a"}),
            ("event", {"type": "typing", "data": [1]}),
            ("delete", {"n": 5, "id": "b"}),
            # The author's object heard of what was sent, and made an item of it.
            ("delete", {"of": "b", "type": "typing", "id": "last-sent"}),
        ]
        assert [heard(one.event()) for _ in range(3)] == [
            ("create", {"n": 5, "id": "b"}),
            ("event", {"type": "typing", "data": [1]}),
            ("delete", {"n": 5, "id": "b"}),
        ]
        stamps = [message["timestamp"] for message in feed.heard]
        assert stamps == sorted({*stamps})


def test_str_3_storage_that_fails_is_a_clear_error_and_nothing_is_told(kept: Kept) -> None:
    failed = 'the storage of the stream "kept" failed: '
    with live_feed(kept.project.url, "kept", "g") as feed:
        assert feed.event() == ("sync", [])
        calls: list[tuple[str, list[Any]]] = [
            ("get", ["g", "fail"]),
            ("set", ["g", "fail", {}]),
            ("update", ["g", "fail", [{"type": "set", "path": "n", "value": 1}]]),
            ("delete", ["g", "fail"]),
            ("getGroup", ["fail"]),
            ("clear", ["fail"]),
            ("send", [{"groupId": "g"}, {"type": "fail"}]),
        ]
        for op, arguments in calls:
            assert failed + "the shelf fell down" in kept.problem(op, *arguments), op
        assert failed in kept.problem("getGroup", "no list")
        assert "cannot list its groups" in kept.problem("listGroups")
        assert "an object" in kept.problem("set", "g", "a", [1])
        kept.ask("set", "g", "a", {"n": 1})
        assert heard(feed.event()) == ("create", {"n": 1, "id": "a"})
    with pytest.raises(httpx.HTTPStatusError, match="503"), live_feed(kept.project.url, "kept", "fail"):
        pass
    refused = kept.project.http.get("/__motia/streams/item/kept/g/fail")
    assert (refused.status_code, refused.json()) == (400, {"error": failed + "the shelf fell down"})


def test_str_3_without_its_worker_everything_is_refused(written: Project, language: str) -> None:
    other = "python" if language != "python" else "typescript"
    name, source = CALLER[other]
    written.write(f"steps/{name}", source)
    written.start()
    kept = Kept(written)
    kept.ask("set", "g", "a", {"n": 1})
    missing = 'the storage of the stream "kept" is not there'
    assert missing in kept.problem("get", "g", "die")
    assert missing in kept.problem("set", "g", "die", {})
    refused = written.http.get("/__motia/streams/item/kept/g/die")
    assert (refused.status_code, missing in refused.json()["error"]) == (503, True)
    # Started again the worker knows nothing: how durable a write is, is the author's affair.
    until(lambda: written.http.post("/do", json={"op": "get", "args": ["g", "a"]}).status_code == httpx.codes.OK)
    assert kept.ask("get", "g", "a") is None


def test_str_3_steps_that_watch_are_started_and_atomic_ones_refused(written: Project) -> None:
    written.write("steps/watch_step.py", WATCH)
    written.write(
        "steps/atomic_step.py",
        """
        config = {"type": "api", "name": "Atomic", "path": "/atomic", "method": "POST", "atomic": True}
        async def handler(req, ctx):
            try:
                await ctx.streams.kept.set("g", "a", {})
            except Exception as problem:
                return {"status": 400, "body": str(problem)}
        """,
    )
    written.start()
    refused = written.http.post("/atomic")
    assert refused.status_code == 400
    assert "'Atomic' is atomic, and the stream 'kept' keeps its items in storage of its own" in refused.text
    body = {"streamName": "kept", "groupId": "g", "itemId": "a", "data": {"n": 1}}
    written.http.post("/__motia/streams/set", json=body).raise_for_status()
    until(lambda: written.state("watched") == {"create a": True})
