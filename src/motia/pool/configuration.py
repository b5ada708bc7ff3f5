"""Evaluates a project config that is written in a programming language, in a worker that lives just for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from motia.model.errors import AuthorError
from motia.model.invocation import Invocation
from motia.pool.launch import Launch
from motia.pool.loading import LoadedConfig, LoadProblem
from motia.pool.worker import Worker, WorkerLost
from motia.ports.step_runner import Answer


async def evaluate_config(launch: Launch, file: str, *, cache: Path, limit_s: float) -> LoadedConfig:
    """What `file` (relative to the root) exports; its `problem` says why it could not be evaluated."""
    worker = Worker(launch, _NoCore(), cache=cache, on_end=lambda _: None, on_stuck=lambda _: None)
    try:
        await worker.start()
        _, culprit = await worker.load([], limit_s=limit_s, config=file)
    except WorkerLost as lost:
        return LoadedConfig(file, problem=LoadProblem("LoadFailed", str(lost), file))
    finally:
        await worker.stop(0)
    if culprit is not None or worker.config is None:
        message = f"evaluating it did not end within {limit_s:g} s, or ended the worker process"
        return LoadedConfig(file, problem=LoadProblem("LoadFailed", message, file))
    return worker.config


class _NoCore:
    """`ContextCalls` where nothing runs yet."""

    async def ask(self, invocation: Invocation | None, op: str, arguments: dict[str, Any], body: bytes) -> Answer:  # noqa: ARG002 - the contract's signature
        raise AuthorError(f"{op} is not available while the project config is read")

    def log(self, invocation: Invocation | None, header: dict[str, Any]) -> None:
        """Nobody is listening yet."""
