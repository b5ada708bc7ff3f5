from __future__ import annotations

from pathlib import Path

import pytest

from motia.project.doctor.imports import Import, imports_of
from motia.project.doctor.resolution import Resolver
from unit.project.doctor.written import project, source


@pytest.mark.parametrize(
    ("ending", "text", "modules"),
    [
        ("ts", "import a from 'a'\nimport { b } from \"b\"\nimport * as c from 'c'\nimport 'd'", ["a", "b", "c", "d"]),
        ("ts", "import a, { b,\n  c } from 'a'; import d from 'd'", ["a", "d"]),
        ("ts", "export { a } from 'a'\nexport * from 'b'\nexport * as c from 'c'", ["a", "b", "c"]),
        ("ts", "const a = require('a'); const b = await import('b')", ["a", "b"]),
        ("ts", "import type { A } from 'a'\nimport { type B } from 'b'\nexport type { C } from 'c'", []),
        ("ts", "import { type A, b } from 'a'", ["a"]),
        ("ts", "import type from 'a'", ["a"]),
        ("ts", "// import a from 'a'\n/* require('b') */\nconst c = \"import d from 'd'\"", []),
        ("ts", "import(name); require(name); important('a'); x.require('b')", []),
        (
            "py",
            "import a, b.c as d\nfrom e.f import g\nfrom . import h\nfrom ..i import (\n    j,\n    k,\n)",
            ["a", "b.c", "e.f", ".", "..i"],
        ),
        ("py", "def f():\n    import a", ["a"]),
        ("py", "# import a\n'''\nimport b\n'''\nimported = 1", []),
        ("rb", "require 'a'\nrequire_relative './b'\n# require 'c'", ["a", "././b"]),
    ],
)
def test_imports(ending: str, text: str, modules: list[str]) -> None:
    assert [each.module for each in imports_of(source(text, ending))] == modules


@pytest.mark.parametrize(
    ("text", "optional"),
    [
        ("try:\n    import a\nexcept ImportError:\n    a = None", True),
        ("if TYPE_CHECKING:\n    import a", True),
        ("if typing.TYPE_CHECKING:\n    import b\n    import a", True),
        ("with suppress(ImportError):\n    import a", True),
        ("import a", False),
        ("def f():\n    import a", False),
        ("try:\n    pass\nfinally:\n    pass\nimport a", False),
    ],
)
def test_imports_a_file_goes_on_without(text: str, *, optional: bool) -> None:
    assert imports_of(source(text, "py"))[-1].optional is optional


def test_names_and_spaces() -> None:
    (found,) = imports_of(source("import all, { a, b as c } from 'motia'"))
    assert (dict(found.names), found.spaces, found.ours) == ({"a": "a", "c": "b"}, frozenset({"all"}), True)


@pytest.mark.parametrize(
    "module", ["motia", "@motia/core", "@motiadev/core", "motia/workbench", "@motiadev/test", "@motiadev/plugin-x"]
)
def test_prj_13_ours(module: str) -> None:
    assert Import(module, 0).ours


FILES = {
    "tsconfig.json": """
        {
          // aliases
          "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["src/*",], "~lib": ["lib/all.ts"] } },
        }""",
    "src/a.ts": "",
    "src/b/index.ts": "",
    "src/c.js": "",
    "src/data.json": "{}",
    "lib/all.ts": "",
    "src/services/mail.py": "",
    "src/services/__init__.py": "",
    "src/sibling.py": "",
    "motia/steps/x.py": "",
    "helpers.rb": "",
    "node_modules/zod/index.js": "",
}


@pytest.mark.parametrize(
    ("ending", "module", "files", "package"),
    [
        ("ts", "./a", ("src/a.ts",), None),
        ("ts", "./a.js", ("src/a.ts",), None),
        ("ts", "./b", ("src/b/index.ts",), None),
        ("ts", "./c.js", ("src/c.js",), None),
        ("ts", "./data.json", ("src/data.json",), None),
        ("ts", "./none", (), None),
        ("ts", "../../../etc/passwd", (), None),
        ("ts", "@/a", ("src/a.ts",), None),
        ("ts", "@/none", (), None),
        ("ts", "~lib", ("lib/all.ts",), None),
        ("ts", "src/a", ("src/a.ts",), None),
        ("ts", "zod", (), "zod"),
        ("ts", "zod/v4", (), "zod"),
        ("ts", "@scope/a/b", (), "@scope/a"),
        ("ts", "node:fs", (), None),
        ("ts", "fs/promises", (), None),
        ("ts", "#internal", (), None),
        ("ts", "@motia/core", (), None),
        ("py", "src.services.mail", ("src/services/mail.py",), None),
        ("py", "src.services", ("src/services/__init__.py",), None),
        ("py", ".sibling", ("src/sibling.py",), None),
        ("py", "sibling", ("src/sibling.py",), None),
        ("py", "app.src.sibling", ("src/sibling.py",), None),
        ("py", "motia.steps.x", ("motia/steps/x.py",), None),
        ("py", "motia", (), None),
        ("py", "json", (), None),
        ("py", "openai.types", (), "openai"),
        ("rb", "./../helpers", ("helpers.rb",), None),
    ],
)
def test_resolution(tmp_path: Path, ending: str, module: str, files: tuple[str, ...], package: str | None) -> None:
    root = project(tmp_path / "app", FILES)
    target = Resolver(root).resolve(source("", ending, f"src/x_step.{ending}"), Import(module, 0))
    assert (target.files, target.package) == (files, package)


def test_imported_names_may_be_modules(tmp_path: Path) -> None:
    root = project(tmp_path, FILES)
    (found,) = imports_of(source("from src.services import mail", "py"))
    target = Resolver(root).resolve(source("", "py"), found)
    assert target.files == ("src/services/__init__.py", "src/services/mail.py")
