"""Which code runs: a hash over the files of all Steps, as a build's manifest hashes each of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def code_version(root: Path, files: Iterable[str]) -> str:
    """`sha256:` and the digest over (path, content) of `files` in the order of their paths; one that is gone counts as empty."""
    digest = hashlib.sha256()
    for file in sorted(set(files)):
        try:
            content = (root / file).read_bytes()
        except OSError:
            content = b""
        digest.update(f"{file}\n{len(content)}\n".encode())
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"
