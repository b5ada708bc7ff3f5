"""How a worker process of each language is started."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Mapping
from pathlib import Path


@dataclasses.dataclass(frozen=True, slots=True)
class Launch:
    """Command line and additional environment of a language's workers; `root` is their working directory."""

    language: str
    command: tuple[str, ...]
    root: Path
    environment: Mapping[str, str]


def python_launch(interpreter: str, root: Path, environment: Mapping[str, str]) -> Launch:
    """Python Steps in `interpreter`; the bootstrap is run by path, since nothing of ours is installed there."""
    bootstrap = Path(__file__).parent.parent / "worker" / "bootstrap.py"
    return Launch("python", (interpreter, "-X", "utf8", str(bootstrap)), root, environment)


def node_launch(node: str, runtime: Path, root: Path, environment: Mapping[str, str]) -> Launch:
    """TypeScript and JavaScript Steps in `node`; `runtime` is the folder of the built Node package."""
    main = runtime / "dist" / "worker" / "main.js"
    return Launch("node", (*_tied_to_parent(), node, str(main)), root, environment)


def ruby_launch(ruby: str, runtime: Path, root: Path, environment: Mapping[str, str]) -> Launch:
    """Ruby Steps in `ruby`; `runtime` is the folder of the gem."""
    return Launch("ruby", (*_tied_to_parent(), ruby, str(runtime / "exe" / "motia-worker")), root, environment)


def _tied_to_parent() -> tuple[str, ...]:
    """A prefix that makes the kernel kill the process when the core dies, also while its own loop is blocked.

    Linux only (prctl(2), PR_SET_PDEATHSIG); elsewhere the end of the socket has to do.
    """
    if sys.platform != "linux":
        return ()
    return (sys.executable, "-I", "-S", str(Path(__file__).parent / "tied_exec.py"))


def ruby_runtime_folder() -> Path | None:
    """The folder of the gem: inside the wheel, or in a checkout."""
    package = Path(__file__).parent.parent
    for folder in (package / "_bundled" / "ruby", package.parent.parent / "runtimes" / "ruby"):
        if (folder / "exe" / "motia-worker").is_file():
            return folder
    return None


def node_runtime_folder() -> Path | None:
    """The folder of the built Node package: inside the wheel, or in a checkout; None when it was not built."""
    package = Path(__file__).parent.parent
    for folder in (package / "_bundled" / "node", package.parent.parent / "runtimes" / "node"):
        if (folder / "dist" / "worker" / "main.js").is_file():
            return folder
    return None


def worker_environment(launch: Launch, cache: Path) -> dict[str, str]:
    """The whole environment of a worker process, without the socket."""
    return {
        **os.environ,
        **launch.environment,
        "MOTIA_PROJECT_ROOT": str(launch.root),
        "MOTIA_CACHE_DIR": str(cache),
        "MOTIA_WORKER_PARENT": str(os.getpid()),
    }
