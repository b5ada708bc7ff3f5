"""The pytest plug-in of the package: fixtures for the tests of a project (TST-2). Nothing is imported before one is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from motia.testing import MockContext, MotiaTester

_SCOPES = ("function", "class", "module", "package", "session")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Settings for pytest's configuration file."""
    parser.addini("motia_root", "the project that motia_tester serves, relative to pytest's root", default=".")
    parser.addini("motia_tester_scope", f"how long a motia_tester lives: {', '.join(_SCOPES)}", default="function")


def _scope(fixture_name: str, config: pytest.Config) -> Any:
    scope = config.getini("motia_tester_scope")
    if scope not in _SCOPES:
        raise pytest.UsageError(f"motia_tester_scope is one of {', '.join(_SCOPES)}, not {scope!r} ({fixture_name})")
    return scope


@pytest.fixture(scope=_scope)
def motia_tester(request: pytest.FixtureRequest) -> Iterator[MotiaTester]:
    """The project on a core of its own, with a clock that only `motia_tester.advance` moves."""
    from motia.testing import MotiaTester  # noqa: PLC0415 - most tests of a project never need it

    with MotiaTester(request.config.rootpath / request.config.getini("motia_root")) as tester:
        yield tester


@pytest.fixture
def motia_mock_context() -> Iterator[Callable[..., MockContext]]:
    """`motia.testing.mock_context`, and what it connected is undone after the test."""
    from motia.authoring.link import disconnect  # noqa: PLC0415
    from motia.testing import mock_context  # noqa: PLC0415

    yield mock_context
    disconnect()
