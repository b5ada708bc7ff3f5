"""The exams of the small stores beside the traces: AuditLog, StepStretches, PauseStore."""
# ruff: noqa: S101, PLR2004 - an exam asserts, and its numbers are the expectation

from __future__ import annotations

from motia.ports.audit_log import AuditEntry, AuditLog
from motia.ports.pauses import Pause, PauseStore
from motia.ports.step_stretches import StepStretch, StepStretches


class AuditLogContract:
    """A test module derives from it and provides the fixture `audit`: an empty log."""

    async def test_entries_come_back_newest_first_in_pages(self, audit: AuditLog) -> None:
        """As they were, found by action and part of the target."""
        entries = [
            AuditEntry(f"{number:032x}", number, "token", action, target, 200, {"ids": [number]})
            for number, (action, target) in enumerate([("redrive", "d-1"), ("setState", "g/k"), ("redrive", "d-2")])
        ]
        for entry in (entries[1], entries[0], entries[2], entries[2]):
            await audit.add(entry)
        assert await audit.entries() == entries[::-1]
        page = await audit.entries(limit=2)
        assert await audit.entries(after=page[-1].id) == entries[:1]
        assert await audit.entries(action="redrive") == [entries[2], entries[0]]
        assert await audit.entries(target="d-") == [entries[2], entries[0]]
        assert await audit.entries(action="redrive", target="k") == []

    async def test_old_entries_are_forgotten(self, audit: AuditLog) -> None:
        """By time alone."""
        for number in (1, 2, 3):
            await audit.add(AuditEntry(f"{number:032x}", number, "local", "a", "", 200))
        assert await audit.forget(before=3) == 2
        assert [entry.time for entry in await audit.entries()] == [3]


class StepStretchesContract:
    """A test module derives from it and provides the fixture `stretches`: an empty store."""

    async def test_the_latest_of_a_stretch_replaces_the_one_before(self, stretches: StepStretches) -> None:
        """Width, start and Step tell them apart."""
        first = StepStretch(60, 120, "s", 1, {3: 1}, {})
        later = StepStretch(60, 120, "s", 1, {3: 1, -4: 2}, {0: 7})
        others = [StepStretch(60, 120, "t", 0, {}, {}), StepStretch(10, 120, "s", 0, {}, {})]
        await stretches.save([first, *others])
        await stretches.save([later])
        found = await stretches.load(since={60: 0, 10: 0})
        assert sorted(found, key=lambda each: (each.width, each.step)) == [others[1], later, others[0]]

    async def test_old_stretches_are_left_out_and_forgotten(self, stretches: StepStretches) -> None:
        """Each width has its own limit; one without a limit is not loaded, and kept."""
        saved = [StepStretch(width, start, "s", 0, {}, {}) for width in (10, 60) for start in (0, 60)]
        await stretches.save(saved)
        assert await stretches.load(since={60: 60}) == [saved[3]]
        assert await stretches.forget(before={10: 60}) == 1
        left = await stretches.load(since={10: 0, 60: 0})
        assert sorted(left, key=lambda each: (each.width, each.start)) == saved[1:]


class PauseStoreContract:
    """A test module derives from it and provides the fixture `pauses`: an empty store."""

    async def test_a_pause_lasts_until_it_is_resumed(self, pauses: PauseStore) -> None:
        """The first one counts; deliveries and schedule of a Step are apart."""
        pause = Pause("deliveries", "s", 5, "token")
        assert await pauses.pause(pause) is True
        assert await pauses.pause(Pause("deliveries", "s", 9, "local")) is False
        schedule = Pause("schedule", "s", 6, "local")
        await pauses.pause(schedule)
        assert await pauses.pauses() == [pause, schedule]
        assert await pauses.resume("deliveries", "s") is True
        assert await pauses.resume("deliveries", "s") is False
        assert await pauses.pauses() == [schedule]
