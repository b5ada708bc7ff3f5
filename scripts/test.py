"""Run every check, show each one's time, and end with one line that counts. `make test` runs it."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from setup import find_node

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CODE = ["src", "tests", "scripts", "bench"]


# Programs that the suites run, and the Debian package each comes in.
PROGRAMS = {"ruby": "ruby", "strace": "strace", "cc": "gcc libc6-dev", "chromium": "chromium"}


def main() -> int:
    """Exit status 0 when all passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", choices=["lint", "node", "clients", "ruby", "workbench", "python"], help="one part only"
    )
    only = parser.parse_args().only
    node = find_node()
    if node is None:
        sys.exit("test: there is no Node; run 'make setup'")
    path = os.pathsep.join([str(BIN), str(node.parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path}
    runtime = ROOT / "runtimes" / "node"
    workbench = ROOT / "workbench"
    tools = workbench / "node_modules"
    tsc = str(runtime / "node_modules" / "typescript" / "bin" / "tsc")
    client = ROOT / "clients" / "typescript"
    of_client = client / "node_modules"
    checks = {
        "lint": [
            ("ruff", [str(BIN / "ruff"), "check", *CODE], ROOT),
            ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", *CODE], ROOT),
            ("mypy", [str(BIN / "mypy")], ROOT),
            ("eslint", [str(node), str(tools / "eslint" / "bin" / "eslint.js"), "."], workbench),
            ("workbench types", [str(node), str(tools / "typescript" / "bin" / "tsc"), "-p", "."], workbench),
        ],
        "node": [
            ("node types", [str(node), tsc, "-p", "test/tsconfig.json"], runtime),
            ("node runtime", [str(node), "scripts/test.mjs"], runtime),
        ],
        "clients": [
            ("stream client types", [str(node), str(of_client / "typescript" / "bin" / "tsc"), "-p", "test"], client),
            (
                "stream client format",
                [
                    str(node),
                    str(of_client / "prettier" / "bin" / "prettier.cjs"),
                    "--check",
                    "--log-level",
                    "warn",
                    ".",
                ],
                client,
            ),
            ("stream client", [str(node), "scripts/test.mjs"], client),
        ],
        "ruby": [("ruby runtime", ["ruby", "test/all.rb"], ROOT / "runtimes" / "ruby")],
        "workbench": [
            ("workbench model", [str(node), str(tools / "vitest" / "vitest.mjs"), "run"], workbench),
            ("workbench in a browser", [str(node), "--test", "test/workbench.test.mjs"], workbench),
        ],
        "python": [("pytest", [sys.executable, "-m", "pytest", "-q"], ROOT)],
    }
    if only != "lint":
        provide_programs()
        environment["CHROMIUM"] = shutil.which("chromium") or ""
    failed = []
    for part, commands in checks.items():
        if only not in {None, part}:
            continue
        for name, command, folder in commands:
            print(f"── {name}", flush=True)
            started = time.monotonic()
            status = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
            print(
                f"── {name}: {'passed' if status == 0 else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True
            )
            if status:
                failed.append(name)
    print(f"FAILED: {', '.join(failed)}" if failed else "All checks passed.", flush=True)
    return 1 if failed else 0


def provide_programs() -> None:
    """Install what is missing where that is possible; else say what is missing and how to get it."""
    missing = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if not missing:
        return
    apt = shutil.which("apt-get")
    if apt is not None and os.geteuid() == 0:
        print(f"── installing {', '.join(missing)}", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([apt, "update", "-qq"], env=environment, stdout=subprocess.DEVNULL, check=False)
        subprocess.run(
            [apt, "install", "-y", "-qq", *" ".join(missing).split()],
            env=environment,
            stdout=subprocess.DEVNULL,
            check=False,
        )
    still = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if still:
        sys.exit(f"test: the suites need {', '.join(still)}; on Debian: apt-get install {' '.join(still)}")


if __name__ == "__main__":
    sys.exit(main())
