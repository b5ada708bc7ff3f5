"""The author API of TypeScript and JavaScript with generated types, as the compiler sees it (TYP).

The programs compile without an error, and the compiler reports every `@ts-expect-error` that nothing wrong follows.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from motia.app.editor_types import write_editor_types
from motia.pool.launch import node_runtime_folder
from motia.project.interpreters import find_node
from motia.project.types_dts import write_types
from support.typed_steps import STEPS, STREAMS, TORN

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
TSC = REPOSITORY / "runtimes/node/node_modules/typescript/bin/tsc"
LIMIT_S = 300
MODULES = {
    "motia": ["./.motia/types/motia/index.d.ts"],
    "@motia/core": ["./.motia/types/motia/index.d.ts"],
    "motia/workbench": ["./.motia/types/motia/workbench.d.ts"],
}
OPTIONS = {
    "target": "ES2022", "module": "ESNext", "moduleResolution": "bundler", "lib": ["ES2023", "DOM"], "strict": True,
    "noEmit": True, "isolatedModules": True, "verbatimModuleSyntax": True, "allowJs": True, "checkJs": True,
    "noUncheckedIndexedAccess": True, "skipLibCheck": True, "types": [], "paths": MODULES,
}  # fmt: skip
PROGRAMS = {
    "TYP-1 TYP-2 TYP-3 TYP-4 handlers": "handlers",
    "TYP-6 TYP-7 TYP-8 emits": "emits",
    "TYP-10 streams": "streams",
    "TYP-3 TYP-4 forms": "forms",
    "TYP-5 TYP-11 TYP-12 names": "names",
}
ENDINGS = {"typescript": ".ts", "javascript": ".js"}


def node() -> str:
    found = find_node(REPOSITORY, os.environ)
    assert found.path is not None, found.reason
    return found.path


@pytest.fixture(scope="module", params=list(ENDINGS))
def language(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module")
def folder(language: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The language's programs beside the types generated for their Steps."""
    made = tmp_path_factory.mktemp(language)
    shutil.copytree(HERE / "programs" / language, made, dirs_exist_ok=True)
    assert [notice.rule for notice in write_types(made, (*STEPS, *TORN), STREAMS)] == ["TYP-7"]
    assert write_editor_types(made)
    (made / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS}))
    return made


@pytest.fixture(scope="module")
def errors(folder: Path) -> Mapping[str, list[str]]:
    """What the compiler says, by file."""
    done = subprocess.run(
        [node(), str(TSC), "-p", str(folder)], cwd=folder, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        place = re.match(r"([\w.]+)\(", line)
        found.setdefault(place.group(1) if place else "", []).append(line)
    return found


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_are_right_where_they_say_so_and_wrong_where_they_say_so(
    errors: Mapping[str, list[str]], folder: Path, language: str, program: str
) -> None:
    file = folder / f"{PROGRAMS[program]}{ENDINGS[language]}"
    assert "@ts-expect-error" in file.read_text("utf-8")
    assert errors.get(file.name, []) == []
    assert set(errors) <= {path.name for path in folder.iterdir()}


def test_typ_5_typ_11_typ_12_the_names_of_types_exist_when_javascript_runs(folder: Path, language: str) -> None:
    """Undefined, as in a file that imports a type without saying so; guards are functions."""
    runtime = node_runtime_folder()
    assert runtime is not None
    loader = (REPOSITORY / "runtimes/node/scripts/loader.mjs").as_uri()
    program = folder / f"names{ENDINGS[language]}"
    code = (
        f"const names = await import({program.as_uri()!r});"
        "console.log(JSON.stringify([names.values.length, [names.guards].flat().length, names.triggers.length]))"
    )
    done = subprocess.run(
        [node(), "--import", loader, "--input-type=module", "--eval", code],
        cwd=folder, capture_output=True, text=True, check=False, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    values, _, _ = json.loads(done.stdout)
    assert values == program.read_text("utf-8").partition("= [")[2].partition("]")[0].count(",")
