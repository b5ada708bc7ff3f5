from __future__ import annotations

import pytest

from motia.pool.endings import how_it_ended


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "ended with exit status 0"),
        (70, "ended with exit status 70"),
        (-11, "was killed by signal 11 (SIGSEGV)"),
        (-6, "was killed by signal 6 (SIGABRT)"),
        (-9, "was killed by signal 9 (SIGKILL), possibly because memory ran out"),
        (-50, "was killed by signal 50"),
    ],
)
def test_an_ending_in_words(status: int, words: str) -> None:
    assert how_it_ended(status) == words
