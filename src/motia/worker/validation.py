"""Checking what fired: against a Step's live schemas here, against its plain JSON Schemas by asking the core."""

import asyncio
from collections.abc import Mapping
from typing import Any

from motia.authoring.encoding import encode
from motia.authoring.errors import InvalidInput, Issue
from motia.authoring.link import RunningCall, ask, connected
from motia.authoring.records import Payload, Record
from motia.authoring.request import Headers, Request
from motia.authoring.schemas.parsed import mapping_of
from motia.worker.plans import Plan

_PART_KEYS = {"body": "body", "query": "queryParams", "params": "pathParams", "headers": "headers"}


async def checked(call: RunningCall, plan: Plan, given: Any) -> Any:
    """What the handler gets: parsed values where the mode is `enforce`, otherwise what came, with a warning.

    Raises:
        InvalidInput: it does not fit, and the mode is `enforce`.
    """
    mode = plan.validation or call.binding.validation or ("enforce" if plan.kind == "http" else "warn")
    if mode == "off":
        return given
    parsed, issues = _parse_request(plan, given) if isinstance(given, Request) else _parse_input(plan, given)
    parts = call.binding.checks.get(call.header.get("trigger", 0), ())
    if parts and isinstance(given, Request):
        found = await asyncio.gather(*(_checked_by_core(call, part, given) for part in parts))
        issues += [issue for each in found for issue in each]
    if not issues and mode == "enforce":
        return _with_parsed(call, given, parsed)
    if not issues:
        return given
    if mode == "enforce":
        raise InvalidInput(issues)
    connected().log(call, "warn", _warning(call, issues), None, "logger")
    return given


def _parse_request(plan: Plan, request: Request[Any]) -> tuple[dict[str, Any], list[Issue]]:
    parsed: dict[str, Any] = {}
    issues: list[Issue] = []
    for part, schema in plan.schemas.items():
        if part not in _PART_KEYS:
            continue
        try:
            parsed[part] = schema.parse(request[_PART_KEYS[part]], texts=part != "body")
        except InvalidInput as refused:
            issues += _of_request(part, refused.issues)
    return parsed, issues


async def _checked_by_core(call: RunningCall, part: str, request: Request[Any]) -> list[Issue]:
    """What the core says of a part of the request as middleware left it."""
    value = request[_PART_KEYS[part]]
    body = b"null" if isinstance(value, (bytes, bytearray, memoryview)) else encode(value, part)
    arguments = {"entry": call.header["entry"], "trigger": call.header.get("trigger", 0), "part": part}
    return _of_request(part, await ask(call, "validate", arguments, body, _issues))


def _issues(header: Mapping[str, Any], _body: bytes) -> list[Issue]:
    return [Issue(str(issue["path"]), str(issue["message"])) for issue in header.get("issues") or ()]


def _of_request(part: str, issues: list[Issue]) -> list[Issue]:
    return issues if part == "body" else [issue.under(part) for issue in issues]


def _parse_input(plan: Plan, given: Any) -> tuple[dict[str, Any], list[Issue]]:
    schema = plan.schemas.get("input")
    if schema is None:
        return {}, []
    try:
        return {"input": schema.parse(given)}, []
    except InvalidInput as refused:
        return {}, refused.issues


def _with_parsed(call: RunningCall, given: Any, parsed: dict[str, Any]) -> Any:
    call.instance = parsed.get("input", parsed.get("body"))
    if not isinstance(given, Request):
        value = mapping_of(parsed["input"], given) if "input" in parsed else given
        return Payload(value) if isinstance(value, Record) else value
    for part, value in parsed.items():
        key = _PART_KEYS[part]
        mapping = mapping_of(value, given[key])
        given[key] = Headers(mapping) if part == "headers" else mapping
    return given


def _warning(call: RunningCall, issues: list[Issue]) -> str:
    subject = call.header.get("topic") or call.binding.name
    lines = [f"⚠ [WARNING] Emit {subject} validation issues:"]
    for kind, title in (("missing", "Missing fields"), ("extra", "Extra fields")):
        paths = [issue.path for issue in issues if issue.kind == kind]
        if paths:
            lines.append(f"│ ⚠ {title}: {', '.join(paths)}")
    wrong = [f'Field "{issue.path}": {issue.message}' for issue in issues if issue.kind == "type"]
    if wrong:
        lines.append(f"│ ⚠ Type mismatches: {', '.join(wrong)}")
    return "\n".join([*lines, "└─ Payload does not match schema."])
