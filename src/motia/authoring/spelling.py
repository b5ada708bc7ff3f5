"""One name, two spellings: every option and member is known in camelCase and in snake_case."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_UNDERSCORE = re.compile(r"(?<=[a-zA-Z0-9])_([a-z0-9])")


@lru_cache(maxsize=1024)
def snake(name: str) -> str:
    """`bodySchema` → `body_schema`."""
    return _HUMP.sub(lambda found: "_" + found[1].lower(), name)


@lru_cache(maxsize=1024)
def camel(name: str) -> str:
    """`body_schema` → `bodySchema`."""
    return _UNDERSCORE.sub(lambda found: found[1].upper(), name)


def option(options: Mapping[Any, Any], *names: str) -> Any:
    """The first of `names` (given in camelCase) that is set, in either spelling; `None` when none is.

    Raises:
        ValueError: both spellings of one name are given with different values.
    """
    for name in names:
        humps, plain = options.get(name), options.get(snake(name))
        if humps is not None and plain is not None and humps is not plain and humps != plain:
            raise ValueError(f"'{name}' and '{snake(name)}' are the same option and have different values")
        if humps is not None or plain is not None:
            return humps if humps is not None else plain
    return None
