"""Run an oracle in full: `python scripts/run_oracle.py queue --operations 200000 --seed 1`, `python scripts/oracles.py cron`.

The tests in `tests/oracles` run a sample of the same.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

ORACLES = {"queue": "oracles.queue_driver", "cron": "oracles.cron"}


def main() -> int:
    """Exit status 1 when an oracle and the code do not agree, 2 when it was called wrongly."""
    if len(sys.argv) < 2 or sys.argv[1] not in ORACLES:  # noqa: PLR2004 - the program's name and the oracle's
        print(__doc__)
        return 2
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    status: int = importlib.import_module(ORACLES[sys.argv[1]]).main(sys.argv[2:])
    return status


if __name__ == "__main__":
    sys.exit(main())
