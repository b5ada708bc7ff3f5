from __future__ import annotations

import itertools

import pytest

from motia.model.delivery import NEXT, Failure, Happened, IllegalTransition, State, TopicLedger, advance
from motia.testing.deliveries import a_delivery


def reachable(start: State) -> set[State]:
    found = {start}
    while more := {after for (before, _), after in NEXT.items() if before in found} - found:
        found |= more
    return found


def test_every_state_can_be_reached_from_pending() -> None:
    assert reachable(State.PENDING) == set(State)


def test_done_and_discarded_are_the_only_ends() -> None:
    assert set(State) - {before for before, _ in NEXT} == {State.DONE, State.DISCARDED}


def test_only_a_pending_delivery_is_cancelled() -> None:
    assert {before for before, happened in NEXT if happened is Happened.CANCELLED} == {State.PENDING}


@pytest.mark.parametrize(
    ("expires_at", "attempt", "now", "expired"),
    [(None, 1, 99, False), (10, 1, 10, False), (10, 1, 11, True), (10, 2, 11, False)],
)
def test_only_a_first_attempt_can_come_too_late(
    expires_at: int | None, attempt: int, now: int, *, expired: bool
) -> None:
    assert a_delivery(expires_at=expires_at, attempt=attempt).has_expired(now) is expired


def test_everything_that_happens_has_an_arrow() -> None:
    assert {happened for _, happened in NEXT} == set(Happened)


def test_only_a_leased_delivery_is_settled() -> None:
    settling = {Happened.SUCCEEDED, Happened.RETRIED, Happened.RELEASED, Happened.LEASE_LOST, Happened.BURIED}
    assert {before for before, happened in NEXT if happened in settling} == {State.LEASED}


@pytest.mark.parametrize(("state", "happened"), list(itertools.product(State, Happened)))
def test_what_the_table_does_not_know_is_refused(state: State, happened: Happened) -> None:
    if (state, happened) in NEXT:
        assert advance(state, happened) is NEXT[state, happened]
    else:
        with pytest.raises(IllegalTransition, match=f"{happened} cannot happen to a delivery that is {state}"):
            advance(state, happened)


def test_a_failure_shows_only_what_it_has() -> None:
    assert Failure("E", "m").as_json() == {"name": "E", "message": "m"}
    assert Failure("E", "m", "s", "c").as_json() == {"name": "E", "message": "m", "stack": "s", "code": "c"}


def test_a_ledger_balances_when_everything_is_somewhere() -> None:
    assert TopicLedger("t", "s", accepted=15, done=1, pending=2, leased=3, dead=4, discarded=5).balanced
    assert not TopicLedger("t", "s", accepted=14, done=1, pending=2, leased=3, dead=4, discarded=5).balanced
