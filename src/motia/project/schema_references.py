"""What a `$ref` inside a JSON Schema points to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def referenced(document: Any, reference: str) -> Any:
    """The part of `document` that `reference` (`#/$defs/name`) names; None when it points elsewhere or nowhere."""
    if not reference.startswith("#"):
        return None
    node = document
    for part in reference[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, Mapping):
            node = node.get(key)
        elif isinstance(node, Sequence) and not isinstance(node, str) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            return None
    return node
