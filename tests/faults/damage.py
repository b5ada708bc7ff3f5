"""Scenarios of damaged rows, and of names that nobody expects."""

from __future__ import annotations

import json
import random
import subprocess
from typing import Any, Final

import apsw

from faults.clocks import DELAY_S
from faults.load import orders
from faults.outcome import Outcome
from faults.progress import Progress
from faults.subject import Subject, subject
from support.running_project import MOTIA, until

_NOT_UTF8: Final = "CAST(x'fffe' AS TEXT)"
# What happens to one row each. Topic and Step stay: where not even they can be read, unbalanced books are the right answer.
_DAMAGE: Final = (
    "payload = x'00ff'",
    "payload = CAST('{\"id\":' AS BLOB)",
    "payload = x''",
    "payload = CAST(replace(hex(zeroblob(20000)), '00', '[') AS BLOB)",
    "kind = 'nonsense'",
    "state = 'nonsense'",
    f"trace_id = {_NOT_UTF8}",
    f"span_id = {_NOT_UTF8}",
    f"id = {_NOT_UTF8}",
    f"message_group = {_NOT_UTF8}",
    f"unique_key = {_NOT_UTF8}",
    "id = (SELECT id FROM deliveries ORDER BY seq LIMIT 1)",
    "id = ''",
    "attempt = -5",
    "attempt = 1 << 40",
    "epoch = -1",
    "epoch = 1 << 60",
    "max_attempts = 0",
    '"trigger" = 99',
    '"trigger" = -1',
    "hops = 1000000000",
    "hops = -1",
    "due_at = -1",
    "created_at = -1",
    "created_at = 1 << 60",
    "scheduled_for = -1",
)
# Never due: it waits, and must not disturb anybody.
_NEVER: Final = "due_at = 1 << 62"


def poison_rows(times: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    random_ = random.Random(seed)
    outcome = Outcome("poison-rows", seed, f"{times} times {len(_DAMAGE) + 1} damaged rows among 60")
    for _ in Progress("poison-rows", times):
        with subject("load") as under_test:
            under_test.start()
            batch = orders(random_, 60, 0)
            outcome.require(
                under_test.request("POST", "/accept/delayed", {"orders": batch}), "orders were not accepted"
            )
            under_test.kill()
            damaged = _damage(under_test, random_)
            sound = [each["id"] for index, each in enumerate(batch) if index not in damaged]
            under_test.ledger.acknowledged(sound)
            under_test.injector.move_clock(DELAY_S + 1)
            under_test.start()
            until(lambda: under_test.unfinished() <= 1)
            _audit_damaged(under_test, outcome, sound)
    return outcome


def _damage(under_test: Subject, random_: random.Random) -> set[int]:
    """Damage a row in each way; which ones, in the order of publishing. The first row stays sound, as its id is given away."""
    db = apsw.Connection(str(under_test.data))
    seqs = [seq for (seq,) in db.execute("SELECT seq FROM deliveries ORDER BY seq")]
    chosen = random_.sample(range(1, len(seqs)), len(_DAMAGE) + 1)
    for index, change in zip(chosen, (*_DAMAGE, _NEVER), strict=True):
        db.execute(f"UPDATE deliveries SET {change} WHERE seq = ?", (seqs[index],))
    db.close()
    return set(chosen)


def _audit_damaged(under_test: Subject, outcome: Outcome, sound: list[str]) -> None:
    under_test.ledger.stored([each for each in under_test.project.state("done") if each in set(sound)])
    account = under_test.ledger.account()
    # What was damaged and could be read all the same may have been done: nobody was promised that it is not.
    account["wrong_state"] = [each for each in account["wrong_state"] if each in set(sound)]
    outcome.audited(account)
    _require_no_traceback(under_test, outcome)
    verified = under_test.project.motia("queue", "verify", "--project", str(under_test.project.root))
    outcome.require("✗" not in verified, f"the books of the queue do not balance:\n{verified}")
    under_test.suspicious = bool(outcome.problems)


def _require_no_traceback(under_test: Subject, outcome: Outcome) -> None:
    """The stack of an error in a handler is part of its log record; lines that are no records are the core's own."""
    own = [line for line in under_test.project.said().splitlines() if not line.startswith("{")]
    outcome.require(not own, "the core said: " + " / ".join(own[-5:]))


_DOORS: Final = ("python", "node", "ruby")
_FIELDS: Final = ("topic", "messageGroupId", "idempotencyKey", "data", "state.key", "state.group")
_HUGE: Final = "x" * 1_000_000
_TEXTS: Final = {
    "empty": "",
    "blank": " ",
    "huge": _HUGE,
    "unicode": "snow ☃ clef 𝄞 \u202e",
    "nul": "nul \0 nul",
    "lines": "line\nline",
    "half a character": "\ud800",
    "number": 7,
    "null": None,
    "object": {"a": [1]},
}
# Somebody subscribes to these; what is emitted to another topic reaches nobody, which is no loss.
_SUBSCRIBED: Final = frozenset({"blank", "huge", "unicode", "nul", "lines"})


def odd_names(times: int, seed: int) -> Outcome:
    """See the table in scenarios.py."""
    outcome = Outcome("odd-names", seed, "")
    kept = refused = 0
    with subject("names", _DOORS) as under_test:
        under_test.start()
        sent: dict[str, Any] = {}
        for number in Progress("odd-names", times):
            for what, value in _TEXTS.items():
                for door in _DOORS:
                    for field in _FIELDS:
                        id_ = f"{number} {door} {field} {what}"
                        accepted = _through_door(under_test, outcome, door, field, what, id_, value)
                        kept, refused = kept + accepted, refused + (not accepted)
                        if accepted and field == "data":
                            sent[id_] = value
                accepted = _through_admin(under_test, outcome, what, f"{number} admin {what}", value)
                kept, refused = kept + accepted, refused + (not accepted)
                _through_command(under_test, outcome, what, f"{number} cli {what}", value)
        under_test.kill()
        under_test.start()
        under_test.settle()
        echoed = under_test.project.state("echo")
        for id_, value in sent.items():
            outcome.require(id_ in echoed and echoed[id_] == value, f"{id_}: arrived as {echoed.get(id_)!r:.80}")
        _require_no_traceback(under_test, outcome)
        under_test.audit(outcome)
    outcome.n = f"{kept} kept, {refused} refused"
    return outcome


def _through_door(
    under_test: Subject, outcome: Outcome, door: str, field: str, what: str, id_: str, value: Any
) -> bool:
    if field == "idempotencyKey" and isinstance(value, str | int) and value:
        value = f"{value}{id_}"  # the same key twice is one event; no key is none
    answer = under_test.request("POST", f"/door/{door}", {"id": id_, "field": field, "value": value})
    if answer is None:
        outcome.problems.append(f"{id_}: no answer")
        return False
    status, body = answer
    if status == 202:
        if field in {"messageGroupId", "idempotencyKey", "data"} or (field == "topic" and what in _SUBSCRIBED):
            under_test.ledger.acknowledged([id_])
        return True
    clear = status // 100 == 4 and isinstance(body, dict) and body.get("error") and "Traceback" not in str(body)
    outcome.require(clear, f"{id_}: answered {status} {str(body)[:200]}")
    return False


def _through_admin(under_test: Subject, outcome: Outcome, what: str, id_: str, value: Any) -> bool:
    answer = under_test.request("POST", "/__motia/emit", {"topic": value, "data": {"id": id_, "odd": value}})
    if answer is not None and answer[0] == 200:
        if what in _SUBSCRIBED:
            under_test.ledger.acknowledged([id_])
        return True
    outcome.require(answer is not None and answer[0] == 400, f"{id_}: answered {str(answer)[:200]}")
    return False


def _through_command(under_test: Subject, outcome: Outcome, what: str, id_: str, value: Any) -> None:
    """`motia emit`, as far as the operating system lets such arguments through."""
    if not isinstance(value, str) or "\0" in value or value == _HUGE or what == "half a character":
        return
    command = [MOTIA, "emit", "--topic", value, "--data", json.dumps({"id": id_, "odd": value}), "--project"]
    done = subprocess.run([*command, str(under_test.project.root)], capture_output=True, text=True, check=False)
    outcome.require("Traceback" not in done.stdout + done.stderr, f"{id_}: {done.stderr[-300:]}")
    if done.returncode == 0 and what in _SUBSCRIBED:
        under_test.ledger.acknowledged([id_])
