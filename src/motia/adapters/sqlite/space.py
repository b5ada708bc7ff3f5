"""Gives pages that nothing needs any more back to the file system, piece by piece."""

from __future__ import annotations

from typing import Final

import apsw

from motia.adapters.sqlite.writer import Writer

_PAGES_AT_ONCE: Final = 2_000  # 8 MB: a few milliseconds, between which batches are written


async def give_back(writer: Writer) -> None:
    """Shrink the file behind `writer` by its free pages, as far as it was made with `auto_vacuum`."""
    while await writer.run(_give_back_pages, durable=False):
        pass


def _give_back_pages(db: apsw.Connection) -> bool:
    """Whether there are more."""
    before = int(db.pragma("freelist_count"))
    if before == 0:
        return False
    db.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()
    return 0 < int(db.pragma("freelist_count")) < before
