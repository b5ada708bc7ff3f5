"""The id of a Step."""

import os
from pathlib import Path
from uuid import UUID, uuid5

_STEPS = UUID("7f1c3ff2-9b00-4d0a-bdd7-efb8bca49d4f")


def generate_step_id(file: str) -> str:
    """The id of the Step in a file: the same on every machine, wherever the project lies.

    Args:
        file: absolute, or relative to the project root; `#NAME` appended when a file has several Steps.
    """
    root = Path(os.environ.get("MOTIA_PROJECT_ROOT") or Path.cwd())
    path = Path(file)
    relative = path.relative_to(root) if path.is_absolute() and path.is_relative_to(root) else path
    return str(uuid5(_STEPS, relative.as_posix()))
