"""JSON objects as Steps see them: dicts whose keys are attributes too."""

from typing import Any

from motia.authoring.spelling import camel, snake


class Record(dict[str, Any]):
    """A JSON object; `record.name` reads `record["name"]`. Names of dict methods (`items`, `get` …) stay methods."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        """Raises AttributeError, as other objects do, when there is no such key."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no '{name}' here; known: {', '.join(map(str, self)) or 'nothing'}") from None

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
