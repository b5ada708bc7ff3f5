"""Build hook: puts the built Node runtime into the wheel, and refuses to build one without it."""

from __future__ import annotations

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
        for name in ("dist", "package.json", "node_modules/oxc-transform", "node_modules/@oxc-transform"):
            if (node / name).exists():
                build_data["force_include"][str(node / name)] = f"motia/_bundled/node/{name}"
        build_data["pure_python"] = False
        build_data["infer_tag"] = False
