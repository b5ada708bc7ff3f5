"""Build hook: puts the Node and Ruby runtimes and the Workbench into the wheel, and refuses to build one without them."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundledRuntimes(BuildHookInterface[Any]):
    """Includes `runtimes/node` with its transformer, so that a wheel runs TypeScript Steps without npm."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to a standard wheel; an editable install reads them where they are."""
        if version == "editable":
            return
        node = Path(self.root) / "runtimes" / "node"
        if not (node / "dist").is_dir() or not any((node / "dist").iterdir()):
            message = "runtimes/node/dist is missing: run 'make setup' before building a wheel"
            raise FileNotFoundError(message)
        for name in (
            "dist",
            "jest-preset.cjs",
            "stand-ins",
            "package.json",
            "node_modules/oxc-transform",
            "node_modules/@oxc-transform",
        ):
            if (node / name).exists():
                build_data["force_include"][str(node / name)] = f"motia/_bundled/node/{name}"
        for name in ("exe", "lib"):
            ruby = Path(self.root) / "runtimes" / "ruby" / name
            build_data["force_include"][str(ruby)] = f"motia/_bundled/ruby/{name}"
        workbench = Path(self.root) / "workbench" / "dist"
        if not (workbench / "index.html").is_file():
            message = "workbench/dist is missing: run 'make setup' before building a wheel"
            raise FileNotFoundError(message)
        build_data["force_include"][str(workbench)] = "motia/_bundled/workbench"
        build_data["pure_python"] = False
        # The transformer is a binary of this platform; everything else runs on any.
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
