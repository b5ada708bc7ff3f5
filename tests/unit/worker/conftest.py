import itertools
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from motia.worker.finding import Found, find_steps

_numbers = itertools.count()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def found() -> Any:
    """Runs source text as a Step file and gives the Steps in it."""

    def find(source: str, file: str = "steps/it_step.py") -> list[Found]:
        module = ModuleType(f"step_file_{next(_numbers)}")
        sys.modules[module.__name__] = module
        try:
            exec(compile(source, file, "exec"), vars(module))
        finally:
            del sys.modules[module.__name__]
        return find_steps(module, file)

    return find


@pytest.fixture
def files(tmp_path: Path) -> Any:
    """Writes files below a root and gives the root."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            path = tmp_path / name.replace("__", "/").replace("_py", ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write
