"""Write the OpenAPI document of the admin surface to the file named; the Workbench's types are made from it."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import urllib.request
from pathlib import Path

from motia.app.core import Core, CoreOptions
from motia.app.project_settings import ProjectSettings
from motia.cli.terminal import JsonLines


async def document() -> object:
    """The document as a core without Steps serves it, parsed."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "steps").mkdir()
        settings = await ProjectSettings.read(root, "dev", environment="test", folders=())
        options = CoreOptions(host="127.0.0.1", port=0, dev=False, cron=False, temporary=True)
        core = Core(root, options, JsonLines(level="error"), settings)
        await core.start()
        try:
            return await asyncio.to_thread(_fetched, f"{core.url}/__motia/openapi.json")
        finally:
            await core.stop()


def _fetched(url: str) -> object:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(asyncio.run(document()), indent=1), encoding="utf-8")
