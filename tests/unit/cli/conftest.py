from __future__ import annotations

from pathlib import Path

import pytest

from unit.cli.commands import Commands


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return Commands(here)
