from __future__ import annotations

import random

import pytest

from motia.model.delivery import Happened, State
from motia.model.delivery_index import DeliveryIndex, Entry, first_due
from motia.testing.deliveries import a_delivery


@pytest.fixture
def index() -> DeliveryIndex:
    return DeliveryIndex()


def add(index: DeliveryIndex, seq: int, **changes: object) -> Entry:
    entry = Entry.of(a_delivery(**changes), seq)
    index.add(entry)
    return entry


def test_a_lease_that_ended_can_still_be_settled_until_somebody_takes_it(index: DeliveryIndex) -> None:
    add(index, 1)
    [entry] = index.claim(1, now=0, lease_ms=10)
    assert index.claim(0, now=10, lease_ms=10) == []
    assert index.held(entry.id, 1) is entry
    index.finish(entry, Happened.SUCCEEDED)
    assert index.claim(1, now=99, lease_ms=10) == []
    assert len(index) == 0


def test_a_lease_that_ended_can_be_renewed_until_somebody_takes_it(index: DeliveryIndex) -> None:
    add(index, 1)
    [entry] = index.claim(1, now=0, lease_ms=10)
    index.claim(0, now=10, lease_ms=10)
    index.renew(entry, 30)
    assert index.claim(1, now=29, lease_ms=10) == []
    assert index.claim(1, now=30, lease_ms=10) == [entry]
    assert (entry.attempt, entry.epoch) == (2, 2)


def test_what_is_being_settled_is_nobodys(index: DeliveryIndex) -> None:
    add(index, 1)
    [entry] = index.claim(1, now=0, lease_ms=10)
    index.begin_settling(entry)
    assert index.held(entry.id, 1) is None
    assert index.claim(1, now=99, lease_ms=10) == []
    assert index.next_due() is None
    index.give_up_settling(entry)
    assert index.held(entry.id, 1) is entry
    assert index.next_due() == 10


def test_next_due_passes_over_unwilling_steps(index: DeliveryIndex) -> None:
    add(index, 1, step="full", due_at=1)
    add(index, 2, step="other", due_at=50)
    assert index.next_due() == 1
    assert index.next_due({"full"}) == 50
    assert index.next_due({"full", "other"}) is None


def test_next_due_ignores_what_its_group_holds_back(index: DeliveryIndex) -> None:
    add(index, 1, group="g", due_at=50)
    add(index, 2, group="g", due_at=1)
    assert index.next_due() == 50


def test_settled_leases_do_not_pile_up(index: DeliveryIndex) -> None:
    for seq in range(20_000):
        add(index, seq)
        [entry] = index.claim(1, now=0, lease_ms=1_000_000)
        index.finish(entry, Happened.SUCCEEDED)
    assert len(index._leases) < 5_000


def test_first_due_is_by_due_time_and_then_as_published(index: DeliveryIndex) -> None:
    entries = [add(index, seq, due_at=due) for seq, due in enumerate([5, 3, 5, 1])]
    assert [entry.seq for entry in first_due(entries, 3)] == [3, 1, 0]


@pytest.mark.parametrize("seed", range(30))
def test_it_agrees_with_a_plain_list(seed: int) -> None:
    """The same random life in the index and in a list that is searched from end to end."""
    chance = random.Random(seed)
    index = DeliveryIndex()
    listed: list[Entry] = []
    now = 0
    for seq in range(400):
        now += chance.choice([0, 0, 3])
        match chance.randrange(5):
            case 0 | 1:
                step, group, due_at = chance.choice("abc"), chance.choice([None, "g", "h"]), now + chance.choice([0, 9])
                listed.append(add(index, seq, step=step, group=group, due_at=due_at))
            case 2:
                unwilling = chance.sample("abc", chance.randrange(2))
                limit = chance.randrange(1, 4)
                expected = eligible(listed, now, unwilling)[:limit]
                assert index.claim(limit, now=now, lease_ms=10, unwilling=unwilling) == expected
            case _ if leased := [entry for entry in listed if entry.state is State.LEASED]:
                entry = chance.choice(leased)
                match chance.randrange(4):
                    case 0:
                        index.retry(entry, now + 5)
                    case 1:
                        index.release(entry)
                    case 2:
                        index.renew(entry, now + 10)
                    case _:
                        index.finish(entry, Happened.SUCCEEDED)
                        listed.remove(entry)
        assert len(index) == len(listed)


def eligible(listed: list[Entry], now: int, unwilling: list[str]) -> list[Entry]:
    heads: set[tuple[str, str]] = set()
    found = []
    for entry in listed:
        if entry.group is not None:
            if (entry.step, entry.group) in heads:
                continue
            heads.add((entry.step, entry.group))
        free = entry.due_at <= now if entry.state is State.PENDING else entry.lease_until <= now
        if free and entry.due_at <= now and entry.step not in unwilling:
            found.append(entry)
    return sorted(found, key=lambda entry: (entry.due_at, entry.seq))


class TestCancelling:
    def test_what_is_being_cancelled_is_nobodys(self, index: DeliveryIndex) -> None:
        entry = add(index, 1)
        assert index.begin_cancelling(entry.id) is entry
        assert index.begin_cancelling(entry.id) is None
        assert index.claim(1, now=99, lease_ms=10) == []
        assert index.next_due() is None
        index.give_up_cancelling(entry)
        assert index.claim(1, now=99, lease_ms=10) == [entry]
        assert index.begin_cancelling(entry.id) is None

    def test_a_group_waits_for_the_outcome_of_its_next(self, index: DeliveryIndex) -> None:
        head, second, third = (add(index, seq, group="g") for seq in range(3))
        index.claim(1, now=0, lease_ms=10)
        assert index.begin_cancelling(second.id) is second
        assert index.finish(head, Happened.SUCCEEDED) is False
        assert index.claim(1, now=0, lease_ms=10) == []
        assert index.cancel(second) is True
        assert index.claim(2, now=0, lease_ms=10) == [third]

    def test_a_next_that_stays_after_all_is_next(self, index: DeliveryIndex) -> None:
        head, second, third = (add(index, seq, group="g") for seq in range(3))
        index.claim(1, now=0, lease_ms=10)
        index.begin_cancelling(second.id)
        index.begin_cancelling(third.id)
        index.finish(head, Happened.SUCCEEDED)
        index.give_up_cancelling(third)
        assert index.claim(2, now=0, lease_ms=10) == []
        index.give_up_cancelling(second)
        assert index.claim(2, now=0, lease_ms=10) == [second]

    @pytest.mark.parametrize("group", [None, "g"])
    def test_what_was_cancelled_does_not_pile_up(self, index: DeliveryIndex, group: str | None) -> None:
        """Reminders are set for tomorrow and cancelled today, over and over."""
        kept = [add(index, 0, group=group, due_at=99), add(index, 1, group=group, due_at=99)]
        for seq in range(2, 20_000):
            entry = add(index, seq, group=group, due_at=1_000_000)
            index.begin_cancelling(entry.id)
            index.cancel(entry)
        places = sum(map(len, index._waiting.values())) + sum(map(len, index._groups.values()))
        assert places < 5_000
        assert index.claim(9, now=99, lease_ms=10) == (kept if group is None else kept[:1])

    def test_a_group_that_was_cancelled_whole_leaves_nothing(self, index: DeliveryIndex) -> None:
        entries = [add(index, seq, group="g") for seq in range(4)]
        for entry in (entries[2], entries[3], entries[0], entries[1]):
            index.begin_cancelling(entry.id)
            index.cancel(entry)
        assert (len(index), index._groups, index.next_due(), index._cancelled) == (0, {}, None, {})
        assert add(index, 9, group="g") in index.claim(1, now=0, lease_ms=10)
