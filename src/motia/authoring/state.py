"""`ctx.state` and `state_manager`: JSON values by group and key."""

from collections.abc import Mapping
from typing import Any

from motia.authoring.encoding import decode, decode_payload, encode
from motia.authoring.link import RunningCall, ask
from motia.authoring.records import EitherSpelling, Payload

DEFAULT_GROUP = "default"
_GROUP_NAMES = ("group", "group_id", "groupId", "scope")
_MISSING: Any = object()


class StateManager:
    """State calls. Each takes `(group, key, …)` or, for the group `default`, only `(key, …)`; keywords work too.

    In `async` code the calls are awaited, in a plain `def` they return their value.

    Raises (all calls):
        TypeError: an argument is missing, is too many, or is no non-empty text where a name is due.
    """

    def __init__(self, call: RunningCall | None = None, *, paired: bool = True) -> None:
        self._call = call
        self._paired = paired

    def get(self, *args: Any, **named: Any) -> Any:
        """The value, else `None`."""
        group, key = _names("get", args, named)
        return self._ask("get", group, key, read=_value)

    def set(self, *args: Any, **named: Any) -> Any:
        """Stores a value. Answers with the value in `ctx.state`, with `{old_value, new_value}` elsewhere."""
        group, key, value = _names_and("set", "value", args, named)
        text = encode(value, "value")
        paired = self._paired

        def read(_header: Mapping[str, Any], body: bytes) -> Any:
            return EitherSpelling(old_value=decode_payload(body), new_value=value) if paired else value

        return self._ask("set", group, key, text, read)

    def delete(self, *args: Any, **named: Any) -> Any:
        """Removes a value and answers with it, else `None`."""
        group, key = _names("delete", args, named)
        return self._ask("delete", group, key, read=_value)

    def has(self, *args: Any, **named: Any) -> Any:
        """Whether there is a value; a stored `None` is one."""
        group, key = _names("has", args, named)
        return self._ask("has", group, key, read=_found)

    def update(self, *args: Any, **named: Any) -> Any:
        """Applies operations such as `{"type": "increment", "path": "n", "by": 1}` to a value, all or nothing."""
        group, key, ops = _names_and("update", "ops", args, named)
        listed = ops if isinstance(ops, (list, tuple)) else [ops]
        return self._ask("update", group, key, encode(listed, "ops"), _pair)

    def increment(self, *args: Any, **named: Any) -> Any:
        """Adds a number, 1 by default, to a stored one; answers with the new number."""
        by = named.pop("by", None)
        if by is None and len(args) > 1 and _is_number(args[-1]):
            *args_before, by = args
            args = tuple(args_before)
        by = 1 if by is None else by
        if not _is_number(by):
            raise TypeError(f"state.increment: 'by' is a number, not {by!r}")
        group, key = _names("increment", args, named)
        return ask(self._call, "state.increment", {"group": group, "key": key, "by": by}, read=_decoded)

    def get_group(self, *args: Any, **named: Any) -> Any:
        """The values of a group, first stored first."""
        return self._ask("list", _group("get_group", args, named), read=_values)

    def get_all(self, *args: Any, **named: Any) -> Any:
        """The keys and values of a group as a dict, first stored first."""
        return self._ask("entries", _group("get_all", args, named), read=_entries)

    def keys(self, *args: Any, **named: Any) -> Any:
        """The keys of a group, first stored first."""
        return self._ask("keys", _group("keys", args, named), read=_decoded)

    def clear(self, *args: Any, **named: Any) -> Any:
        """Removes a whole group."""
        return ask(self._call, "state.clear", {"group": _group("clear", args, named)})

    def list_groups(self) -> Any:
        """The names of all groups."""
        return ask(self._call, "state.groups", {}, read=_decoded)

    list = get_group
    getGroup = get_group  # noqa: N815 - the other spelling
    getAll = get_all  # noqa: N815 - the other spelling
    listGroups = list_groups  # noqa: N815 - the other spelling

    def _ask(self, op: str, group: str, key: str | None = None, body: bytes = b"", read: Any = None) -> Any:
        arguments = {"group": group} if key is None else {"group": group, "key": key}
        return ask(self._call, f"state.{op}", arguments, body, read)


def name_of(call: str, argument: str, value: Any) -> str:
    """A group, key or id as text; numbers become text.

    Raises:
        TypeError: it is neither, or empty.
    """
    if isinstance(value, str) and value:
        return value
    if _is_number(value):
        return str(int(value)) if value == int(value) else str(value)
    shown = "empty" if value == "" else f"{value!r}"
    raise TypeError(f"{call}: '{argument}' is a non-empty text, not {shown}")


def _names(call: str, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[str, str]:
    if len(args) == 2 and not named:  # noqa: PLR2004 - the common form
        return name_of(f"state.{call}", "group", args[0]), name_of(f"state.{call}", "key", args[1])
    args, group, key = _taken(call, args, named, "key")
    if len(args) > 2 - (group is not _MISSING) - (key is not _MISSING) or (key is _MISSING and not args):
        raise TypeError(f"state.{call} takes (group, key) or (key)")
    if key is _MISSING:
        *args_before, key = args
        args = tuple(args_before)
    if group is _MISSING:
        group = args[0] if args else DEFAULT_GROUP
    return name_of(f"state.{call}", "group", group), name_of(f"state.{call}", "key", key)


def _names_and(call: str, last: str, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[str, str, Any]:
    value = named.pop(last, _MISSING)
    if value is _MISSING:
        if len(args) + len(named) < 2:  # noqa: PLR2004 - a key and a value at least
            raise TypeError(f"state.{call} takes (group, key, {last}) or (key, {last})")
        *args_before, value = args or (None,)
        args = tuple(args_before)
    group, key = _names(call, args, named)
    return group, key, value


def _group(call: str, args: tuple[Any, ...], named: dict[str, Any]) -> str:
    args, group, _ = _taken(call, args, named, None)
    if len(args) > (group is _MISSING):
        raise TypeError(f"state.{call} takes (group) or nothing")
    if group is _MISSING:
        group = args[0] if args else DEFAULT_GROUP
    return name_of(f"state.{call}", "group", group)


def _taken(
    call: str, args: tuple[Any, ...], named: dict[str, Any], key_name: str | None
) -> tuple[tuple[Any, ...], Any, Any]:
    groups = [named.pop(name) for name in _GROUP_NAMES if name in named]
    key = named.pop(key_name, _MISSING) if key_name else _MISSING
    if named:
        raise TypeError(f"state.{call} does not know '{next(iter(named))}'")
    if len(groups) > 1:
        raise TypeError(f"state.{call}: 'group' is given twice")
    return args, groups[0] if groups else _MISSING, key


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0


def _value(_header: Mapping[str, Any], body: bytes) -> Any:
    return decode_payload(body)


def _decoded(_header: Mapping[str, Any], body: bytes) -> Any:
    return decode(body)


def _found(header: Mapping[str, Any], _body: bytes) -> bool:
    return bool(header.get("found"))


def _values(_header: Mapping[str, Any], body: bytes) -> Any:
    return [_aliased(value) for value in decode(body) or ()]


def _entries(_header: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    return {key: _aliased(value) for key, value in (decode(body) or {}).items()}


def _pair(_header: Mapping[str, Any], body: bytes) -> EitherSpelling:
    pair = decode(body) or {}
    return EitherSpelling({key: _aliased(value) for key, value in pair.items()})


def _aliased(value: Any) -> Any:
    return Payload(value) if isinstance(value, dict) else value


state_manager = StateManager()
