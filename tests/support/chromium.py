"""The browser that tests drive: the system's Chromium, as it comes, told what a test machine needs."""

from __future__ import annotations

import os
import shutil
from typing import Any, Final

import pytest

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
# Without a user of its own (in containers) the browser cannot make its sandbox; shared memory is small there, too.
_ARGUMENTS: Final = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")


def chromium() -> dict[str, Any]:
    """How to launch it: the options of Playwright's `launch`. `CHROMIUM` in the environment names another one."""
    found = os.environ.get("CHROMIUM") or next(
        (path for name in _NAMES if (path := shutil.which(name)) is not None), None
    )
    if found is None:
        pytest.fail("there is no Chromium; on Debian: apt-get install chromium, or run scripts/test.py, which does")
    return {"executablePath": found, "headless": True, "args": list(_ARGUMENTS)}
