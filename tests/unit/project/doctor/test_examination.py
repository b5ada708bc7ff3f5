from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from motia.project.doctor.reading import LARGEST
from unit.project.doctor.written import examined, project

STEP = "export const config = { type: 'noop', name: 'A' }\n"


def test_a_file_is_listed_with_the_rules_it_uses_in_line_order(tmp_path: Path) -> None:
    text = "import { z } from 'zod'\nexport const config = { type: 'api', path: '/',\n  emits: ['a'] }\n"
    files = {"steps/a.step.ts": text, "node_modules/zod/package.json": '{"version": "3.25.1"}'}
    (report,) = examined(project(tmp_path, files)).files
    assert (report.file, report.language, report.form) == ("steps/a.step.ts", "typescript", "type form")
    assert [(use.rule, use.line, use.what) for use in report.uses] == [
        ("SCH-1", 1, "Zod 3 schemas"),
        ("CFG-1", 2, "type form"),
        ("CFG-10", 2, "api Step"),
        ("CFG-14", 3, "emits"),
    ]


def test_helpers_are_listed_when_they_use_something(tmp_path: Path) -> None:
    files = {
        "steps/a.step.ts": STEP + "import { b } from './b'\nimport { c } from './c'",
        "steps/b.ts": "import { logger } from 'motia'",
        "steps/c.ts": "export const c = 1",
    }
    reports = examined(project(tmp_path, files)).files
    assert [(report.file, report.form) for report in reports] == [
        ("steps/a.step.ts", "type form"),
        ("steps/b.ts", "helper"),
    ]


def test_forms_that_only_running_shows(tmp_path: Path) -> None:
    (report,) = examined(project(tmp_path, {"steps/a.step.ts": "export const config = make()"})).files
    assert (report.form, report.uses) == ("not recognised", ())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF\0\0", "is no text file"),
        (b"\xff\xfe\xfd", "is not written in UTF-8 (byte 1)"),
        (b"a" * (LARGEST + 1), "is larger than 1024 KB"),
    ],
)
def test_files_that_are_no_source(tmp_path: Path, content: bytes, words: str) -> None:
    root = project(tmp_path, {"steps/b.step.ts": STEP})
    (root / "steps" / "a.step.ts").write_bytes(content)
    diagnosis = examined(root)
    assert not diagnosis.ok
    assert [report.file for report in diagnosis.files] == ["steps/b.step.ts"]
    (notice,) = diagnosis.notices
    assert (notice.file, notice.level) == ("steps/a.step.ts", "error")
    assert words in notice.message


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    root = project(tmp_path, {"steps/b.step.ts": STEP})
    os.mkfifo(root / "steps" / "a.step.ts")
    assert "no ordinary file" in str(examined(root).notices[0])


def test_a_link_to_nowhere(tmp_path: Path) -> None:
    root = project(tmp_path, {"steps/b.step.ts": STEP})
    (root / "steps" / "a.step.ts").symlink_to("nowhere")
    assert "cannot be read: No such file" in str(examined(root).notices[0])


def test_a_folder_without_steps(tmp_path: Path) -> None:
    diagnosis = examined(tmp_path)
    assert not diagnosis.ok
    assert (diagnosis.steps, diagnosis.files) == (0, ())
    assert "there are no Steps in steps, src" in str(diagnosis.notices[0])


def test_prj_7_languages_that_are_not_supported(tmp_path: Path) -> None:
    diagnosis = examined(project(tmp_path, {"steps/a.step.go": "", "steps/b.step.ts": STEP}))
    assert [(each.rule, each.file) for each in diagnosis.differences] == [("PRJ-7", "steps/a.step.go")]
    assert diagnosis.notices == ()
    assert diagnosis.ok


def test_prj_3_files_that_the_original_ignored(tmp_path: Path) -> None:
    diagnosis = examined(project(tmp_path, {"steps/a.step.py": "config = {'type': 'noop'}"}))
    assert [each.rule for each in diagnosis.differences] == ["PRJ-3"]


def test_json_is_stable(tmp_path: Path) -> None:
    diagnosis = examined(project(tmp_path, {"steps/a.step.ts": STEP + "import 'zod'\nmotia.trigger('b')"}))
    found = json.loads(json.dumps(diagnosis.as_json()))
    assert found == {
        "root": str(tmp_path),
        "ok": False,
        "steps": 1,
        "languages": ["typescript"],
        "files": [
            {
                "file": "steps/a.step.ts",
                "language": "typescript",
                "form": "type form",
                "rules": [
                    {"id": "CFG-1", "line": 1, "what": "type form"},
                    {"id": "CFG-10", "line": 1, "what": "noop Step"},
                    {"id": "SCH-1", "line": 2, "what": "Zod schemas"},
                    {"id": "CTX-18", "line": 3, "what": "motia.trigger"},
                ],
            }
        ],
        "differences": [
            {
                "rule": "EVT-27",
                "what": 'there is no Step "b": the call fails',
                "file": "steps/a.step.ts",
                "line": 3,
                "blocking": False,
            }
        ],
        "missing": [
            {
                "kind": "npm",
                "name": "zod",
                "what": "zod is imported, but not installed",
                "file": "steps/a.step.ts",
                "line": 2,
                "fix": "Run `npm install zod`.",
                "blocking": True,
            }
        ],
        "notices": [],
    }
