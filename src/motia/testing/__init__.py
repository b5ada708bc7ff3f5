"""Exams that every adapter sits, and what tests need: see the class docstrings for the fixtures they ask for.

Ours are sat in tests/conformance; authors of other adapters derive from the same classes. Needs pytest with an async
plugin (anyio or pytest-asyncio in automatic mode).
"""
