"""The worker's program, run by path in the project's interpreter: `python …/motia/worker/bootstrap.py`.

Nothing of ours is installed there. This file makes the package `motia` importable from where it lies, and nothing else of
its surroundings, then hands over.
"""

import sys

# Python put this folder first on the path. Its files must not stand for modules of the same name.
if sys.path and sys.path[0] and __file__.startswith(sys.path[0]):
    del sys.path[0]

import importlib.util
import os
from pathlib import Path

_LINUX_PR_SET_PDEATHSIG = 1
_SIGKILL = 9
_PACKAGE = Path(__file__).absolute().parent.parent


def die_with_parent() -> None:
    """Makes the kernel end this process when the core dies, however busy it is; ends it when the core is dead already."""
    parent = os.environ.pop("MOTIA_WORKER_PARENT", "")
    if not parent.isdigit() or not sys.platform.startswith("linux"):
        return
    import ctypes  # noqa: PLC0415 - not everywhere, and costs milliseconds

    ctypes.CDLL(None).prctl(_LINUX_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        os._exit(0)


def make_motia_importable() -> None:
    """Loads the package from its folder. The folder's neighbours stay out of reach."""
    if "motia" in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(
        "motia", _PACKAGE / "__init__.py", submodule_search_locations=[str(_PACKAGE)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no package in {_PACKAGE}")
    sys.modules["motia"] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)


make_motia_importable()  # in child processes of multiprocessing too, which run this file again under another name

if __name__ == "__main__":
    die_with_parent()
    from motia.worker.main import main

    main()
