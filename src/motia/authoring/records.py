"""JSON objects as Steps see them: dicts whose keys are attributes too."""

from itertools import islice
from typing import Any

from motia.authoring.spelling import camel, snake

_SHOWN_KEYS = 20


_SHOWN_KEYS = 20


class Record(dict[str, Any]):
    """A JSON object; `record.name` reads `record["name"]`. Names of dict methods (`items`, `get` …) stay methods."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        """Raises AttributeError, as other objects do, when there is no such key."""
        try:
            return self[name]
        except KeyError:
            if name.startswith("__"):  # Python itself asks for these all the time
                raise AttributeError(name) from None
            known = ", ".join(map(str, islice(self, _SHOWN_KEYS))) or "nothing"
            raise AttributeError(f"there is no '{name}' here; known: {known}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        """Sets the key of that name."""
        self[name] = value

    def __delattr__(self, name: str) -> None:
        """Removes the key of that name."""
        try:
            del self[name]
        except KeyError:
            raise AttributeError(name) from None


class Payload(Record):
    """A payload or stored object: without an own `data`, reading `data` gives the object itself.

    Both dialects work that way: `input["userId"]` and `input["data"]["userId"]`. The alias is not a key: it is neither
    listed nor copied nor serialised, and `"data" in payload` stays false.
    """

    __slots__ = ()

    def __missing__(self, key: str) -> Any:
        """The alias."""
        if key == "data":
            return self
        raise KeyError(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Like `dict.get`, with the alias."""
        return super().get(key, self if key == "data" else default)


class EitherSpelling(Record):
    """A record of ours whose keys are found in camelCase and in snake_case."""

    __slots__ = ()

    def __missing__(self, key: str) -> Any:
        """The key in its other spelling."""
        for other in (snake(key), camel(key)):
            if other != key and other in self:
                return self[other]
        raise KeyError(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Like `dict.get`, in either spelling."""
        try:
            return self[key]
        except KeyError:
            return default
