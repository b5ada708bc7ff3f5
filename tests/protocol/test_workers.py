"""The exam of the worker protocol: each `*.yaml` case, in each language. README.md tells how cases are written."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

PATIENCE_SECONDS = 30.0


async def test_worker(case: Any, tmp_path: Path, converse: Any) -> None:
    if not case.language.program.exists():
        pytest.fail(f"the {case.language.name} worker is not built: {case.language.program}")
    async with converse(case, tmp_path) as conversation:
        try:
            await asyncio.wait_for(_talk(case, conversation), PATIENCE_SECONDS)
        except (AssertionError, EOFError, TimeoutError, asyncio.TimeoutError) as failure:
            said = "\n".join(conversation.log)
            pytest.fail(f"{type(failure).__name__}: {failure}\n\nthe conversation so far:\n{said}")


async def _talk(case: Any, conversation: Any) -> None:
    if case.content.get("begin", "ready") == "ready":
        await conversation.begin()
    for turn in case.content["talk"]:
        await _turn(turn, conversation)


async def _turn(turn: dict[str, Any], conversation: Any) -> None:
    ((action, given),) = turn.items()
    if action == "send":
        for frame in given if isinstance(given, list) else [given]:
            await conversation.send(frame)
    elif action == "send raw":
        await conversation.send_raw(given)
    elif action == "expect":
        await conversation.expect(given if isinstance(given, list) else [given])
    elif action == "end socket":
        conversation.writer.close()
    elif action == "exit":
        status = await conversation.exit_status()
        assert given in ("any", status), f"exit status {status}"
    else:
        raise ValueError(f"a case cannot {action!r}")
