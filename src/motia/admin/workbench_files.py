"""The built Workbench: its page, and the scripts and styles the page names."""

from __future__ import annotations

import dataclasses
import mimetypes
import re
from pathlib import Path
from typing import Final

ASSETS: Final = "/__motia/workbench"
# Scripts and styles come from here alone; nothing of a project's data can become either. Styles in attributes are how the
# graph places its nodes.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HASHED: Final = re.compile(r"-[\w-]{8}\.\w+$")
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))


@dataclasses.dataclass(frozen=True, slots=True)
class ServedFile:
    """A file as it is sent: `encoding` is its content coding, None for the bare file.

    `lasting`: its name changes with its content.
    """

    content: bytes
    media_type: str
    encoding: str | None
    lasting: bool


class WorkbenchFiles:
    """What the build left in a folder: `index.html` and flat `assets/`, each perhaps beside compressed twins."""

    def __init__(self, folder: Path) -> None:
        """Reads files when they are asked for."""
        self._folder = folder

    @classmethod
    def installed(cls) -> WorkbenchFiles:
        """Those of the wheel; in a checkout those that `make setup` built."""
        package = Path(__file__).parents[1]
        bundled = package / "_bundled" / "workbench"
        return cls(bundled if bundled.is_dir() else package.parent.parent / "workbench" / "dist")

    @property
    def present(self) -> bool:
        """Whether the Workbench was built."""
        return (self._folder / "index.html").is_file()

    def page(self, path: str) -> str:
        """The page as served at `path`. Its links are relative, so it works behind a proxy that adds a prefix, too."""
        text = (self._folder / "index.html").read_text(encoding="utf-8")
        root = "../" * (path.count("/") - 1) or "./"
        return text.replace("./assets/", f"{root}{ASSETS[1:]}/").replace('content="motia-root"', f'content="{root}"')

    def asset(self, name: str, accepted: str) -> ServedFile | None:
        """One of the assets, in a coding among `accepted` (an Accept-Encoding header); None when there is none of that name."""
        if "/" in name or "\\" in name or name.startswith(".") or name.endswith((".br", ".gz")):
            return None
        file = self._folder / "assets" / name
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        lasting = _HASHED.search(name) is not None
        codings = {each.partition(";")[0].strip() for each in accepted.split(",")}
        for coding, suffix in _ENCODINGS:
            twin = file.with_name(name + suffix)
            if coding in codings and twin.is_file():
                return ServedFile(twin.read_bytes(), media_type, coding, lasting)
        return ServedFile(file.read_bytes(), media_type, None, lasting) if file.is_file() else None
