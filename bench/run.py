"""Run every measurement and print its table. `make bench` runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Exit status 1 when a script says that one of its bars was missed."""
    status = 0
    for script in sorted(HERE.glob("*.py")):
        if script.name == Path(__file__).name:
            continue
        print(f"── {script.stem}", flush=True)
        status |= subprocess.run([sys.executable, str(script)], check=False).returncode
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
