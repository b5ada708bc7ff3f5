"""Files that are made from the Steps of a project: types for editors."""

from __future__ import annotations

import pytest

from support.running_project import Project, until

STEPS = {
    "typescript": (
        "steps/add.step.ts",
        """
        export const config = { type: 'api', name: 'Add', path: '/add', method: 'POST', bodySchema: SCHEMA }
        export const handler = async () => ({})
        """,
    ),
    "javascript": (
        "steps/add.step.js",
        """
        export const config = { type: 'api', name: 'Add', path: '/add', method: 'POST', bodySchema: SCHEMA }
        export const handler = async () => ({})
        """,
    ),
    "python": (
        "steps/add_step.py",
        """
        config = {"type": "api", "name": "Add", "path": "/add", "method": "POST", "bodySchema": SCHEMA}
        async def handler(req):
            return {}
        """,
    ),
}


def schema(name: str) -> str:
    return f'{{"type": "object", "properties": {{"{name}": {{"type": "integer"}}}}, "required": ["{name}"]}}'


def write_step(project: Project, language: str, field: str) -> None:
    path, text = STEPS[language]
    project.write(path, text.replace("SCHEMA", schema(field)))


@pytest.mark.parametrize(
    ("language", "written", "line"),
    [
        ("python", "motia_types.pyi", "    colour: int"),
        ("typescript", "types.d.ts", "'Add': ApiRouteHandler<{ colour: number }, unknown,"),
        ("javascript", "types.d.ts", "'Add': ApiRouteHandler<{ colour: number }, unknown,"),
    ],
)
def test_cli_9_typ_1_typ_9_generate_types_writes_those_of_each_language(
    project: Project, language: str, written: str, line: str
) -> None:
    write_step(project, language, "colour")
    assert written in project.motia("generate", "types")
    assert line in (project.root / written).read_text("utf-8")
    other = {"motia_types.pyi", "types.d.ts"} - {written}
    assert not any((project.root / name).exists() for name in other)
    assert written in project.motia("typegen", "-o", str(project.root / "steps"))
    assert line in (project.root / "steps" / written).read_text("utf-8")


def test_fil_1_dev_keeps_types_up_to_date_and_start_writes_none(project: Project) -> None:
    write_step(project, "python", "colour")
    write_step(project, "typescript", "colour")
    project.write("steps/add.step.ts", (project.root / "steps/add.step.ts").read_text().replace("'Add'", "'Add too'"))
    project.start("start")
    project.stop()
    files = [project.root / name for name in ("motia_types.pyi", "types.d.ts")]
    assert not any(file.exists() for file in files)
    project.start("dev")
    assert until(lambda: all(file.exists() and "colour" in file.read_text() for file in files))
    write_step(project, "python", "size")
    assert until(lambda: "size: int" in files[0].read_text())
    assert "colour: number" in files[1].read_text()
