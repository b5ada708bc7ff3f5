from __future__ import annotations

from pathlib import Path

import pytest

from motia.project.doctor.surroundings import surrounding_differences
from unit.project.doctor.written import project


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        ("package.json", '{"scripts": {\n"new": "npx motia@latest create"}}', "CLI-1"),
        ("Dockerfile", "FROM node:20\nRUN npx -y motia@0.17.0 build", "CLI-1"),
        ("web/app.tsx", "<MotiaStreamProvider\n  url={u}>", "WS-20"),
        ("web/app.jsx", "const a = useStreamItem('chat')", "WS-22"),
        ("web/app.tsx", "useStreamGroup<Chat>('chat')", "WS-22"),
        ("web/app.tsx", "const { stream } = useMotiaStream('chat', id).map(f)", "WS-23"),
    ],
)
def test_told(tmp_path: Path, path: str, text: str, rule: str) -> None:
    (found,) = surrounding_differences(project(tmp_path, {path: text}))
    assert (found.rule, found.file) == (rule, path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"scripts": {"dev": "npx motia dev"}, "dependencies": {"motia": "latest"}}'),
        ("config.yaml", "database:\n  modules: 3"),
        ("web/app.tsx", "<MotiaStreamProvider address={u}>"),
        ("web/app.tsx", "useStreamItem({ streamName: 'chat' })"),
        ("web/app.tsx", "const { stream } = useMotiaStream()"),
        ("web/app.tsx", "// useStreamItem('chat')"),
        ("web/node_modules/a/app.tsx", "useStreamItem('chat')"),
        ("web/.next/app.tsx", "useStreamItem('chat')"),
    ],
)
def test_not_told(tmp_path: Path, path: str, text: str) -> None:
    assert list(surrounding_differences(project(tmp_path, {path: text}))) == []
