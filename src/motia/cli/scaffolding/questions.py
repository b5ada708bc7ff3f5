"""Asking, where there is somebody to ask (CLI-2)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click


def on_terminal() -> bool:
    """Whether a person can see a question and answer it."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str, default: str | None = None) -> str:
    """A line of text."""
    answer: str = click.prompt(question, default=default)
    return answer.strip()


def ask_one_of(question: str, choices: Sequence[str], default: str) -> str:
    """One of `choices`, which is not asked when there is only one."""
    if len(choices) == 1:
        return choices[0]
    answer: str = click.prompt(question, type=click.Choice(choices, case_sensitive=False), default=default)
    return answer
