from __future__ import annotations

from importlib import resources
from pathlib import Path

import apsw
import pytest

from motia.adapters.sqlite.connection import Schema, open_reader, open_writer, require_safe_library
from motia.model.errors import StartupFailed


@pytest.mark.parametrize("version", ["3.40.1", "3.51.2", "3.7.0"])
def test_a_library_that_can_damage_files_is_refused(version: str) -> None:
    with pytest.raises(StartupFailed, match=f"SQLite {version} can corrupt .*3.51.3"):
        require_safe_library(version)


@pytest.mark.parametrize("version", ["3.51.3", "3.54.1", "3.100.0", "4.0.0"])
def test_a_safe_library_is_taken(version: str) -> None:
    require_safe_library(version)


def test_settings_are_durable(tmp_path: Path) -> None:
    db = open_writer(tmp_path / "data.db", "data", synchronous="FULL")
    assert (db.pragma("journal_mode"), db.pragma("synchronous"), db.pragma("wal_autocheckpoint")) == ("wal", 2, 0)
    db.close()


@pytest.mark.parametrize("schema", ["data", "traces"])
def test_migrations_are_numbered_without_gaps_and_applied_once(tmp_path: Path, schema: Schema) -> None:
    files = sorted(
        file.name
        for file in (resources.files("motia.adapters.sqlite.migrations") / schema).iterdir()
        if ".sql" in file.name
    )
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    for _ in range(2):
        db = open_writer(tmp_path / "file.db", schema, synchronous="NORMAL")
        assert db.pragma("user_version") == len(files)
        db.close()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    db = open_writer(tmp_path / "data.db", "data", synchronous="FULL")
    reader = open_reader(tmp_path / "data.db")
    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("DELETE FROM state")
    reader.close()
    db.close()
