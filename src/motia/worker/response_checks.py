"""Whether responses are what their Step's `responseSchema` says. A help while developing: nothing is refused."""

import contextlib
from collections.abc import Mapping
from typing import Any

from motia.authoring.encoding import decode, encode
from motia.authoring.errors import InvalidInput
from motia.authoring.link import RunningCall, connected
from motia.authoring.schemas import Schema
from motia.worker.plans import Plan
from motia.worker.results import BODILESS, is_stream, response_of


class ResponseChecks:
    """Warns of responses that do not fit, once per Step and status."""

    def __init__(self) -> None:
        self._warned: set[tuple[str, int]] = set()

    def look_at(self, call: RunningCall, plan: Plan, result: Any) -> None:
        """Checks what a Step answers with. Never raises, and leaves the result as it is."""
        with contextlib.suppress(Exception):  # what is no response is reported when it is sent
            response = response_of(result)
            status = response["status"]
            schema = _schema_for(plan.responses, status)
            if schema is None or (call.binding.name, status) in self._warned or not _is_checked(response):
                return
            try:
                schema.parse(_value(response))
            except InvalidInput as refused:
                self._warn(call, status, refused)

    def _warn(self, call: RunningCall, status: int, refused: InvalidInput) -> None:
        self._warned.add((call.binding.name, status))
        message = f"the response {status} of '{call.binding.name}' does not fit its responseSchema: {refused}"
        connected().log(call, "warn", message, None, "logger")


def _schema_for(schemas: Mapping[str, Schema], status: int) -> Schema | None:
    names = (str(status), f"{status // 100}xx", "default")
    return next((schemas[name] for name in names if name in schemas), None)


def _is_checked(response: Mapping[str, Any]) -> bool:
    body = response.get("body")
    return not (response["status"] in BODILESS or isinstance(body, (bytes, bytearray, memoryview)) or is_stream(body))


def _value(response: Mapping[str, Any]) -> Any:
    """The body as its reader sees it."""
    body = response.get("body")
    if not isinstance(body, str):
        return decode(encode(body))
    is_json = "json" in str(response["headers"].get("content-type", ""))
    return decode(body.encode("utf-8", "surrogatepass")) if is_json else body
