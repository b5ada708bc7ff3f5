"""For the tests of a project: `MotiaTester` and `mock_context`, and as pytest fixtures `motia_tester` and `motia_mock_context`.

Also here: the exams that every adapter sits, see the class docstrings for the fixtures they ask for. Ours are sat in
tests/conformance; authors of other adapters derive from the same classes. They need pytest with an async plugin (anyio or
pytest-asyncio in automatic mode).
"""

from motia.testing.mocks import MockContext, mock_context
from motia.testing.tester import CoreFailed, MotiaTester, Response, Watcher

__all__ = ["CoreFailed", "MockContext", "MotiaTester", "Response", "Watcher", "mock_context"]
