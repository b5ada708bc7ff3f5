"""The forms in which `emit`, `trigger`, `state` and `streams` may be called, and what they ask of the core."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pytest

from motia.authoring import link
from motia.authoring.context import FlowContext
from motia.authoring.emitting import cancel_emit, emit, trigger
from motia.authoring.errors import NotConnected
from motia.authoring.link import Binding, RunningCall
from motia.authoring.state import StateManager, state_manager
from motia.authoring.streams import Stream, StreamConfig


class Recorder:
    """A link that remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any], bytes]] = []
        self.logged: list[tuple[str, str, dict[str, Any] | None]] = []
        self.answer: tuple[dict[str, Any], bytes] = ({}, b"")

    def ask(self, _call: Any, op: str, arguments: dict[str, Any], body: bytes, read: link.Reader) -> Any:
        self.asked.append((op, arguments, body))
        return read(*self.answer)

    def log(self, _call: Any, level: str, message: str, arguments: dict[str, Any] | None, _source: str) -> None:
        self.logged.append((level, message, arguments))

    def perform(self, _call: Any, action: Any) -> Any:
        return action()

    def run(self, work: Any) -> Any:
        raise NotImplementedError

    def after(self, _call: Any, _first: Any, _then: Any) -> Any:
        raise NotImplementedError


@pytest.fixture
def core() -> Iterator[Recorder]:
    recorder = Recorder()
    link.connect(recorder)
    yield recorder
    link.disconnect()


def a_call(**header: Any) -> RunningCall:
    return RunningCall(1, header.pop("kind", "queue"), {"traceId": "t", **header}, Binding("Step"), {})


def test_outside_a_worker_calls_say_so() -> None:
    with pytest.raises(NotConnected, match=r"'state\.get' needs a running Motia"):
        state_manager.get("g", "k")


@pytest.mark.parametrize(
    ("call", "events", "body"),
    [
        (lambda: emit({"topic": "a", "data": 1}), [{"topic": "a", "bytes": 1}], b"1"),
        (lambda: emit({"type": "a", "data": 1}), [{"topic": "a", "bytes": 1}], b"1"),
        (lambda: emit("a", [1]), [{"topic": "a", "bytes": 3}], b"[1]"),
        (lambda: emit("a"), [{"topic": "a", "bytes": 4}], b"null"),
        (lambda: emit(topic="a", data="é"), [{"topic": "a", "bytes": 4}], '"é"'.encode()),
        (
            lambda: emit([{"topic": "a", "data": 1}, {"topic": "b", "data": 22}]),
            [{"topic": "a", "bytes": 1}, {"topic": "b", "bytes": 2}],
            b"122",
        ),
        (
            lambda: emit(topic="a", data=1, message_group_id=7, delay=timedelta(seconds=2), idempotencyKey="k"),
            [{"topic": "a", "bytes": 1, "messageGroupId": "7", "delay": 2000, "idempotencyKey": "k"}],
            b"1",
        ),
        (
            lambda: emit({"topic": "a", "data": 1, "at": datetime(2030, 1, 1, tzinfo=timezone.utc)}),
            [{"topic": "a", "bytes": 1, "at": 1893456000000}],
            b"1",
        ),
        (
            lambda: emit(
                {"topic": "a", "ttl": "2m", "idempotency_key": 7, "idempotencyScope": "run", "dedup_key": "d"}
            ),
            [
                {
                    "topic": "a",
                    "bytes": 4,
                    "ttl": 120_000,
                    "idempotencyKey": "7",
                    "idempotencyScope": "run",
                    "dedupKey": "d",
                }
            ],
            b"null",
        ),
        (
            lambda: emit("a", 1, idempotency_key="k", idempotency_ttl=timedelta(days=30)),
            [{"topic": "a", "bytes": 1, "idempotencyKey": "k", "idempotencyTtl": 2_592_000_000}],
            b"1",
        ),
        (lambda: emit({"topic": "a", "delay": "5m"}), [{"topic": "a", "bytes": 4, "delay": 300_000}], b"null"),
        (lambda: emit([]), [], b""),
    ],
)
def test_the_forms_of_emit(core: Recorder, call: Any, events: Any, body: Any) -> None:
    call()
    assert core.asked == [("emit", {"events": events}, body)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (emit, "needs a 'topic'"),
        (lambda: emit({"data": 1}), "needs a 'topic'"),
        (lambda: emit(3), "emit takes"),
        (lambda: emit({"topic": "a"}, 1), "takes a topic first"),  # type: ignore[call-overload]
        (lambda: emit({"topic": "a", "data": 1, "delya": 3}), "does not know 'delya'"),
        (lambda: emit({"topic": "a", "data": 1, "delay": "soon"}), "delay is milliseconds"),
        (lambda: emit({"topic": "a", "data": 1, "delay": -1}), "delay cannot be -1"),
        (lambda: emit({"topic": "a", "data": 1, "delay": float("nan")}), "delay cannot be nan"),
        (lambda: emit({"topic": "a", "data": 1, "at": "tomorrow"}), "at is a time"),
        (lambda: emit({"topic": "a", "data": 1, "at": float("nan")}), "at cannot be nan"),
        (lambda: emit({"topic": "a", "data": 1, "at": float("inf")}), "at cannot be inf"),
        (lambda: emit({"topic": "a", "data": 1, "at": -1}), "at cannot be -1"),
        (lambda: emit({"topic": "a", "data": 1, "at": "1950-01-01"}), "at cannot be '1950-01-01'"),
        (lambda: emit({"topic": "a", "data": 1, "ttl": -1}), "ttl cannot be -1"),
        (lambda: emit({"topic": "a", "data": 1, "ttl": "long"}), "ttl is milliseconds"),
        (lambda: emit({"topic": "a", "data": 1, "idempotencyTtl": []}), "idempotencyTtl is milliseconds"),
        (lambda: emit({"topic": "a", "data": 1, "dedupKey": "a", "dedup_key": "b"}), "'dedupKey' and 'dedup_key'"),
        (cancel_emit, "cancel_emit needs a 'topic'"),
        (lambda: cancel_emit(cast("dict[str, Any]", "a")), "cancel_emit takes topic"),
        (lambda: cancel_emit(topic="a", data=1), "cancel_emit does not know 'data'"),
        (lambda: emit({"topic": "a", "data": {"x": object()}}), r"data\.x is of type object"),
        (lambda: trigger(cast("str", 3)), "takes the id or name"),
    ],
)
def test_wrong_calls_are_errors_where_they_are_made(core: Recorder, call: Any, message: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call()
    assert core.asked == []


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        (lambda: cancel_emit(topic="a", idempotency_key=7), {"topic": "a", "idempotencyKey": "7"}),
        (
            lambda: FlowContext(a_call()).cancelEmit({"topic": "a", "idempotencyKey": "k", "idempotencyScope": "run"}),
            {"topic": "a", "idempotencyKey": "k", "idempotencyScope": "run"},
        ),
        (lambda: FlowContext(a_call()).cancel_emit({"topic": "a"}, dedup_key="d"), {"topic": "a", "dedupKey": "d"}),
    ],
)
def test_the_forms_of_cancel_emit(core: Recorder, call: Any, asked: Any) -> None:
    core.answer = ({"cancelled": 2}, b"")
    assert call() == 2
    assert core.asked == [("emit.cancel", asked, b"")]


def test_trigger(core: Recorder) -> None:
    core.answer = ({"id": 1, "deliveryId": "d1", "traceId": "t1"}, b"")
    started = trigger("mail-quote", {"id": "a"})
    assert core.asked == [("trigger", {"step": "mail-quote"}, b'{"id":"a"}')]
    assert (started.id, started.trace_id, started["traceId"]) == ("d1", "t1", "t1")


STATE = StateManager(paired=False)


@pytest.mark.parametrize(
    ("call", "op", "arguments", "body"),
    [
        (lambda: STATE.get("g", "k"), "state.get", {"group": "g", "key": "k"}, b""),
        (lambda: STATE.get("k"), "state.get", {"group": "default", "key": "k"}, b""),
        (lambda: STATE.get(group="g", key="k"), "state.get", {"group": "g", "key": "k"}, b""),
        (lambda: STATE.get("k", scope="g"), "state.get", {"group": "g", "key": "k"}, b""),
        (lambda: STATE.get("g", key="k"), "state.get", {"group": "g", "key": "k"}, b""),
        (lambda: STATE.get(7, 1.0), "state.get", {"group": "7", "key": "1"}, b""),
        (lambda: STATE.set("g", "k", None), "state.set", {"group": "g", "key": "k"}, b"null"),
        (lambda: STATE.set("k", 0), "state.set", {"group": "default", "key": "k"}, b"0"),
        (lambda: STATE.set("g", "k", value=1), "state.set", {"group": "g", "key": "k"}, b"1"),
        (lambda: STATE.set(key="k", value=1), "state.set", {"group": "default", "key": "k"}, b"1"),
        (lambda: STATE.set(group_id="g", key="k", value=1), "state.set", {"group": "g", "key": "k"}, b"1"),
        (lambda: STATE.delete("a:b*"), "state.delete", {"group": "default", "key": "a:b*"}, b""),
        (lambda: STATE.has("g", "k"), "state.has", {"group": "g", "key": "k"}, b""),
        (lambda: STATE.increment("k"), "state.increment", {"group": "default", "key": "k", "by": 1}, b""),
        (lambda: STATE.increment("k", 5), "state.increment", {"group": "default", "key": "k", "by": 5}, b""),
        (lambda: STATE.increment("g", "k"), "state.increment", {"group": "g", "key": "k", "by": 1}, b""),
        (lambda: STATE.increment("g", "k", -2.5), "state.increment", {"group": "g", "key": "k", "by": -2.5}, b""),
        (lambda: STATE.increment("g", "k", by=3), "state.increment", {"group": "g", "key": "k", "by": 3}, b""),
        (
            lambda: STATE.update("k", {"type": "set"}),
            "state.update",
            {"group": "default", "key": "k"},
            b'[{"type":"set"}]',
        ),
        (lambda: STATE.update("g", "k", []), "state.update", {"group": "g", "key": "k"}, b"[]"),
        (STATE.get_group, "state.list", {"group": "default"}, b""),
        (lambda: STATE.list("g"), "state.list", {"group": "g"}, b""),
        (lambda: STATE.getAll(group="g"), "state.entries", {"group": "g"}, b""),
        (lambda: STATE.keys("g"), "state.keys", {"group": "g"}, b""),
        (STATE.listGroups, "state.groups", {}, b""),
        (lambda: STATE.clear("g"), "state.clear", {"group": "g"}, b""),
    ],
)
def test_the_forms_of_state_calls(core: Recorder, call: Any, op: Any, arguments: Any, body: Any) -> None:
    core.answer = ({"found": False}, b"")
    call()
    assert core.asked == [(op, arguments, body)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (STATE.get, r"state\.get takes \(group, key\) or \(key\)"),
        (lambda: STATE.get("a", "b", "c"), r"state\.get takes"),
        (lambda: STATE.get("g", None), r"state\.get: 'key' is a non-empty text, not None"),
        (lambda: STATE.get("", "k"), r"state\.get: 'group' is a non-empty text, not empty"),
        (lambda: STATE.get(True), "'key' is a non-empty text, not True"),
        (lambda: STATE.get("k", group="a", scope="b"), "'group' is given twice"),
        (lambda: STATE.get("k", keys=1), "does not know 'keys'"),
        (lambda: STATE.set("k"), r"state\.set takes"),
        (lambda: STATE.set("g", "k", object()), "value is of type object"),
        (lambda: STATE.increment("g", "k", by="2"), "'by' is a number"),
        (lambda: STATE.clear("a", "b"), r"state\.clear takes \(group\) or nothing"),
    ],
)
def test_wrong_state_calls(core: Recorder, call: Any, message: Any) -> None:
    with pytest.raises(TypeError, match=message):
        call()
    assert core.asked == []


def test_the_results_of_set(core: Recorder) -> None:
    core.answer = ({"found": True}, b'{"n":1}')
    value = {"n": 2}
    assert STATE.set("k", value) is value
    pair = state_manager.set("k", value)
    assert (pair.old_value, pair.newValue) == ({"n": 1}, value)


def test_what_was_stored_has_the_data_alias(core: Recorder) -> None:
    core.answer = ({"found": True}, b'{"n":1}')
    assert STATE.get("k")["data"]["n"] == 1
    core.answer = ({}, b'[{"n":1},2]')
    assert STATE.get_group()[0].data.n == 1
    core.answer = ({}, b'{"a":{"n":1}}')
    assert STATE.get_all()["a"].data.n == 1


@pytest.mark.parametrize(
    ("call", "op", "arguments", "body"),
    [
        (lambda s: s.set("g", "i", {"a": 1}), "stream.set", {"group": "g", "item": "i"}, b'{"a":1}'),
        (lambda s: s.set("i", {"a": 1}), "stream.set", {"group": "default", "item": "i"}, b'{"a":1}'),
        (lambda s: s.set({"a": 1}), "stream.set", {"group": "default", "item": "default"}, b'{"a":1}'),
        (lambda s: s.get(), "stream.get", {"group": "default", "item": "default"}, b""),
        (lambda s: s.get("i"), "stream.get", {"group": "default", "item": "i"}, b""),
        (lambda s: s.delete("g", "i"), "stream.delete", {"group": "g", "item": "i"}, b""),
        (lambda s: s.getGroup("g"), "stream.list", {"group": "g"}, b""),
        (
            lambda s: s.update("i", {"a": 1}),
            "stream.update",
            {"group": "default", "item": "i"},
            b'[{"type":"merge","path":"","value":{"a":1}}]',
        ),
        (lambda s: s.set(item_id="i", data={"a": 1}), "stream.set", {"group": "default", "item": "i"}, b'{"a":1}'),
        (lambda s: s.set("i", {"a": 1}, group="g"), "stream.set", {"group": "g", "item": "i"}, b'{"a":1}'),
        (lambda s: s.get(group_id="g", item_id="i"), "stream.get", {"group": "g", "item": "i"}, b""),
        (lambda s: s.get_group(groupId="g"), "stream.list", {"group": "g"}, b""),
        (lambda s: s.clear(), "stream.clear", {"group": "default"}, b""),
        (
            lambda s: s.update("g", "i", {"type": "increment", "path": "n", "by": 1}),
            "stream.update",
            {"group": "g", "item": "i"},
            b'[{"type":"increment","path":"n","by":1}]',
        ),
        (lambda s: s.send({"type": "typing"}), "stream.send", {"group": "default"}, b'{"type":"typing","data":null}'),
        (
            lambda s: s.send({"groupId": "g", "id": "i"}, {"type": "typing", "data": 1}),
            "stream.send",
            {"group": "g", "item": "i"},
            b'{"type":"typing","data":1}',
        ),
    ],
)
def test_the_forms_of_stream_calls(core: Recorder, call: Any, op: Any, arguments: Any, body: Any) -> None:
    core.answer = ({}, b"null")
    for stream in (Stream("chat"), Stream(StreamConfig(name="chat")), FlowContext(a_call()).streams["chat"]):
        call(stream)
    assert core.asked == [(op, {"stream": "chat", **arguments}, body)] * 3


def test_a_created_item_can_be_used_at_once(core: Recorder) -> None:
    core.answer = ({}, b"")
    item = FlowContext(a_call()).streams.create({"id": "i", "schema": {"done": 0}})
    assert (item.id, item.data.done) == ("i", 0)
    core.answer = ({}, b'{"old_value":null,"new_value":{"done":1,"id":"i"}}')
    assert item.update({"done": 1}).done == 1
    assert item.data.id == "i"
    assert core.asked[-1] == (
        "stream.update",
        {"stream": "default", "group": "default", "item": "i"},
        b'[{"type":"set","path":["done"],"value":1}]',
    )


def test_a_created_item_is_the_stored_one_where_calls_wait(core: Recorder) -> None:
    core.answer = ({"found": True}, b'{"done":3,"id":"i"}')
    item = FlowContext(a_call()).streams.create(id="i", name="jobs", group_id="g", initial={"done": 0, "of": 5})
    assert item.data == {"done": 3, "id": "i"}
    core.answer = ({}, b'{"old_value":{"done":3},"new_value":{"done":4,"id":"i"}}')
    item.update(done=4)
    assert core.asked[-1][1:] == (
        {"stream": "jobs", "group": "g", "item": "i"},
        b'[{"type":"set","path":["done"],"value":4}]',
    )


@pytest.mark.parametrize(
    ("given", "data"),
    [
        ({"schema": {"books": []}}, {"books": []}),
        ({"schema": {"books": list}}, {}),
        ({"schema": {"type": "object", "properties": {}}}, {}),
        ({"schema": {"type": "chess"}}, {"type": "chess"}),
        ({"schema": {"books": []}, "initial": {"n": 1}}, {"n": 1}),
        ({}, {}),
    ],
)
def test_str_24_what_a_created_item_is_at_first(core: Recorder, given: Any, data: Any) -> None:
    core.answer = ({"found": False}, b"")
    assert FlowContext(a_call()).streams.create(id="i", **given).data == data


def test_str_24_a_stream_called_create(core: Recorder) -> None:
    streams = FlowContext(a_call()).streams
    streams.create.delete("i")
    assert core.asked == [("stream.delete", {"stream": "create", "group": "default", "item": "i"}, b"")]
    with pytest.raises(TypeError, match=r"streams\.create: 'id' is a non-empty text, not None"):
        streams.create()


def test_ctx_27_what_set_of_a_stream_gives(core: Recorder) -> None:
    core.answer = ({}, b'{"old_value":null,"new_value":{"a":1,"id":"i"}}')
    assert FlowContext(a_call()).streams.chat.set("i", {"a": 1}) == {"a": 1, "id": "i"}
    assert Stream("chat").set("i", {"a": 1}).newValue.data["a"] == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.get("g", "i", "x"), r"streams\.get takes \(group, id\), \(id\) or nothing"),
        (lambda s: s.get(key="i"), "does not know 'key'"),
        (lambda s: s.get(group="g", group_id="h"), "'group' is given twice"),
        (lambda s: s.clear(id="i"), "does not know 'id'"),
        (lambda s: s.set("i", [1]), r"streams\.set: 'data' is an object, not list"),
        (lambda s: s.set("i", {"a": object()}), r"data\.a is of type object"),
        (lambda s: s.update({"a": 1}), r"streams\.update takes \(group, id, ops\) or \(id, ops\)"),
        (lambda s: s.update("i", 3), "'data' is an object|takes operations"),
        (lambda s: s.send({"id": "i"}, {"type": "t"}), "'group_id' is a non-empty text"),
        (lambda s: s.send("g", {"type": "t"}), "sends to"),
        (lambda s: s.send({"data": 1}), "takes an event"),
    ],
)
def test_wrong_stream_calls(core: Recorder, call: Any, message: Any) -> None:
    with pytest.raises(TypeError, match=message):
        call(Stream("chat"))
    assert core.asked == []


def test_the_logger_takes_what_it_is_given(core: Recorder) -> None:
    log = FlowContext(a_call()).logger
    error = ValueError("bad")
    log.info("one")
    log.warning("two", {"a": 1}, "text", b=2)  # noqa: PLE1205 - ours formats nothing
    log.log("CRITICAL", "three", error)
    log.info(ValueError("as message"))
    try:
        raise error
    except ValueError:
        log.exception("four")
    assert core.logged[:3] == [
        ("info", "one", None),
        ("warn", "two", {"a": 1, "data": "text", "b": 2}),
        ("error", "three", {"error": error}),
    ]
    assert core.logged[3][1:] == ("as message", {"error": {"name": "ValueError", "message": "as message"}})
    assert core.logged[4] == ("error", "four", {"error": error})


def test_listeners_hear_the_logger(core: Recorder) -> None:
    heard: list[Any] = []
    log = FlowContext(a_call()).logger
    log.addListener(lambda *record: heard.append(record))
    log.info("one", {"a": 1})  # noqa: PLE1205
    assert heard == [("info", "one", {"a": 1})]
    assert core.logged
