"""`motia create` (CLI-3)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from motia.cli.create import create
from motia.cli.scaffolding import catalogue, content, placing, questions
from motia.cli.scaffolding.merging import merged_gitignore, merged_package
from motia.project.discovery import discover
from unit.cli.commands import Commands

BASE = {".gitignore", "README.md", "motia.config.toml"}
PYTHON = {"requirements.txt"}
NODE = {"package.json"}
GREETINGS = ("hello_world", "count_greeting", "list_greetings", "report_greetings", "reset_greetings")
STARTER_PY = {f"steps/greetings/{name}_step.py" for name in GREETINGS}
STARTER_TS = {f"steps/greetings/{name.replace('_', '-')}.step.ts" for name in GREETINGS}
STARTER_JS = {f"steps/greetings/{name.replace('_', '-')}.step.js" for name in GREETINGS}
STARTER_MIX = {
    "steps/greetings/hello-world.step.ts",
    "steps/greetings/list-greetings.step.ts",
    "steps/greetings/count_greeting_step.py",
    "steps/greetings/report_greetings_step.py",
    "steps/greetings/reset-greetings.step.js",
}
TUTORIAL = ("pets/add_pet", "orders/place_order", "orders/reserve_pet", "orders/notify_customer", "orders/get_order",
            "orders/flag_overdue_orders", "shop/reset_shop")  # fmt: skip
TUTORIAL_PY = {f"steps/{name}_step.py" for name in TUTORIAL} | {"steps/orders/messages.py", "steps/shop/clock.py"}
TUTORIAL_TS = {f"steps/{name.replace('_', '-')}.step.ts" for name in TUTORIAL} | {
    "steps/orders/messages.ts",
    "steps/shop/types.ts",
}
FULL_STACK = {"motia.config.js", "web/index.html"} | {
    f"motia/{name}"
    for name in (
        "steps/show_page_step.py", "steps/place-order.step.ts", "steps/list-orders.step.ts", "events/cook_order_step.py",
        "events/serve-order.step.ts", "workflows/clear-away.step.ts", "streams/orders.stream.ts",
    )
}  # fmt: skip
MADE = {
    "full-stack": BASE - {"motia.config.toml"} | PYTHON | NODE | {"tsconfig.json"} | FULL_STACK,
    "python": BASE | PYTHON | STARTER_PY,
    "typescript": BASE | NODE | {"tsconfig.json"} | STARTER_TS,
    "javascript": BASE | NODE | STARTER_JS,
    "multi-language": BASE | PYTHON | NODE | {"tsconfig.json"} | STARTER_MIX,
    "starter-python": BASE | PYTHON | STARTER_PY | {"steps/greetings/hello_step.py"},
    "starter-typescript": BASE | NODE | {"tsconfig.json"} | STARTER_TS | {"steps/greetings/hello.step.ts"},
    "starter-javascript": BASE | NODE | STARTER_JS | {"steps/greetings/hello.step.js"},
    "starter-multilang": BASE | PYTHON | NODE | {"tsconfig.json"} | STARTER_MIX | {"steps/greetings/hello.step.ts"},
    "motia-tutorial-python": BASE | PYTHON | TUTORIAL_PY,
    "motia-tutorial-typescript": BASE | NODE | {"tsconfig.json"} | TUTORIAL_TS,
}


@pytest.mark.parametrize("template", MADE)
def test_every_template_makes_its_files(commands: Commands, template: str) -> None:
    made = commands.run(create, "shop", "--template", template)
    assert made.status == 0, made.output
    assert set(commands.files("shop")) == MADE[template]
    for path in commands.files("shop"):
        assert f"  {path}\n" in made.output
        text = (commands.here / "shop" / path).read_text(encoding="utf-8")
        assert "{{" not in text, path
        assert text.endswith("\n"), path


def test_the_tutorial_mixes_languages(commands: Commands) -> None:
    assert commands.run(create, "shop", "-t", "tutorial", "-l", "multi-language").status == 0
    assert {file.language for file in discover(commands.here / "shop").steps} == {"python", "node"}
    assert len(discover(commands.here / "shop").steps) == 7


def test_the_next_commands_are_printed(commands: Commands) -> None:
    output = commands.run(create, "my shop").output
    assert "✓ Created my shop from the python starter" in output
    assert "Next:\n  cd 'my shop'\n  motia dev\n" in output
    assert "curl 'http://localhost:3000/hello-world?name=Ada'" in output


def test_the_name_is_filled_in(commands: Commands) -> None:
    commands.run(create, "apps/My Shop", "-l", "typescript")
    root = commands.here / "apps" / "My Shop"
    assert (root / "README.md").read_text().startswith("# My Shop\n")
    package = json.loads((root / "package.json").read_text())
    assert package["name"] == "my-shop"
    assert set(package["scripts"]) == {"dev", "start", "build", "deploy", "generate-types"}


def test_a_dot_is_the_current_directory(commands: Commands) -> None:
    for dot in (".", "./"):
        made = commands.run(create, "-n", dot)
        assert "Next:\n  motia dev\n" in made.output or "is not empty" in made.output
    assert (commands.here / "README.md").read_text().startswith("# here\n")


def test_name_and_option_are_the_same_thing(commands: Commands) -> None:
    assert commands.run(create, "a", "--name", "a").status == 0
    refused = commands.run(create, "a", "--name", "b")
    assert refused.status == 2
    assert "two names are given, 'a' and 'b'" in refused.output


def test_a_name_without_letters_is_refused(commands: Commands) -> None:
    refused = commands.run(create, "§§")
    assert refused.status == 2
    assert "needs letters or digits" in refused.output
    assert commands.files() == []


def test_cursor_adds_its_rules(commands: Commands) -> None:
    commands.run(create, "shop", "--cursor")
    assert ".cursor/rules/motia.mdc" in commands.files("shop")


def test_options_of_older_scripts_are_accepted(commands: Commands) -> None:
    assert commands.run(create, "shop", "--skip-redis", "--no-install").status == 0


def test_plugins_are_refused(commands: Commands) -> None:
    refused = commands.run(create, "shop", "--plugin")
    assert refused.status == 2
    assert "plugin projects are not available" in refused.output


# Directories that are not empty


def test_foreign_files_are_named_and_nothing_is_written(commands: Commands) -> None:
    shop = commands.here / "shop"
    (shop / "src").mkdir(parents=True)
    for name in "abcdef":
        (shop / name).touch()
    refused = commands.run(create, "shop")
    assert refused.status == 1
    assert "is not empty: a, b, c, d, e and 2 more would be mixed" in refused.output
    assert commands.files("shop") == list("abcdef")


def test_a_file_of_that_name_is_refused(commands: Commands) -> None:
    (commands.here / "shop").touch()
    refused = commands.run(create, "shop")
    assert refused.status == 1
    assert "shop is a file" in refused.output


def test_harmless_files_stay_as_they_are(commands: Commands) -> None:
    (commands.here / ".git").mkdir()
    (commands.here / "readme.md").write_text("mine")
    (commands.here / "LICENSE").write_text("mine")
    made = commands.run(create, ".")
    assert made.status == 0
    assert "README.md (was there, left as it is)" in made.output
    assert (commands.here / "readme.md").read_text() == "mine"
    assert (commands.here / "LICENSE").read_text() == "mine"
    assert "README.md" not in commands.files()


def test_an_existing_package_keeps_what_it_has(commands: Commands) -> None:
    package = {"name": "theirs", "scripts": {"dev": "next dev", "build": "next build"}, "dependencies": {"next": "1"}}
    (commands.here / "package.json").write_text(json.dumps(package))
    assert commands.run(create, ".", "-l", "ts").status == 0
    merged = json.loads((commands.here / "package.json").read_text())
    assert merged["name"] == "theirs"
    assert merged["dependencies"] == {"next": "1"}
    assert merged["scripts"] == {
        "build": "next build",
        "olddev": "next dev",
        "dev": "motia dev",
        "start": "motia start",
        "deploy": "motia deploy",
        "generate-types": "motia generate types",
    }


def test_a_package_that_is_no_json_stops_everything(commands: Commands) -> None:
    (commands.here / "package.json").write_text("{,}")
    refused = commands.run(create, ".", "-l", "ts")
    assert refused.status == 1
    assert "package.json here is not JSON" in refused.output
    assert commands.files() == ["package.json"]


def test_merging_twice_changes_nothing() -> None:
    ours = '{"scripts": {"dev": "motia dev"}}'
    once = merged_package('{"scripts": {"dev": "x", "olddev": "y"}}', ours)
    assert json.loads(once)["scripts"] == {"olddev": "y", "olddev2": "x", "dev": "motia dev"}
    assert merged_package(once, ours) == once
    ignored = merged_gitignore("dist\n*.log", "# comment\n.motia/\ndist/\n")
    assert ignored == "dist\n*.log\n\n# Motia\n.motia/\n"
    assert merged_gitignore(ignored, ".motia/\ndist/\n") == ignored


def test_a_failure_takes_back_what_was_written(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    target = commands.here / "deep" / "shop"
    files = {"a/b.txt": "1", "a/b.txt/c.txt": "2"}  # the second cannot be written
    with pytest.raises(OSError, match=r"b\.txt"):
        placing.place(files, target)
    assert not (commands.here / "deep").exists()


# Asking


def test_without_a_terminal_nothing_is_asked(commands: Commands) -> None:
    assert "which name? 'motia create NAME'" in commands.run(create).output
    refused = commands.run(create, "-i")
    assert refused.status == 2
    assert "--interactive needs a terminal" in refused.output


def test_on_a_terminal_name_template_language_and_rules_are_asked(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("motia.cli.create.on_terminal", lambda: True)
    made = commands.run(create, "-i", typed="shop\ntutorial\ntypescript\ny\n")
    assert made.status == 0, made.output
    assert set(commands.files("shop")) == MADE["motia-tutorial-typescript"] | {".cursor/rules/motia.mdc"}


def test_what_is_given_is_not_asked(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motia.cli.create.on_terminal", lambda: True)
    made = commands.run(create, "shop", "-i", "-t", "starter-python", "-c", typed="")
    assert made.status == 0, made.output
    assert "Project name" not in made.output


def test_defaults_are_the_python_starter(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motia.cli.create.on_terminal", lambda: True)
    made = commands.run(create, typed="\n\n\n\n")
    assert made.status == 0, made.output
    assert set(commands.files("my-motia-app")) == MADE["python"]


def test_a_single_choice_is_not_asked() -> None:
    assert questions.ask_one_of("Language", ["python"], "python") == "python"


# The templates themselves


def test_compiled_files_are_no_part_of_a_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "some" / "steps" / "__pycache__"
    folder.mkdir(parents=True)
    (folder / "a.pyc").write_bytes(b"\xff")
    (tmp_path / "some" / "dot-env").write_text("NAME={{name}}\n")
    monkeypatch.setattr(content, "_TEMPLATES", tmp_path)
    assert content.files_of(["some"], {"name": "x"}) == {".env": "NAME=x\n"}


def test_every_layer_exists_and_git_takes_it() -> None:
    folder = Path(content.__file__).parent.parent / "templates"
    layers = {layer for template in catalogue.TEMPLATES for each in template.layers.values() for layer in each}
    layers |= {layer for name in MADE for layer in catalogue.choose(name, None).layers} | {"cursor"}
    assert layers == {path.name for path in folder.iterdir() if path.is_dir() and path.name != "__pycache__"}
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", *map(str, folder.rglob("*"))],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in ignored.stdout.splitlines() if "__pycache__" not in line] == []


@pytest.mark.parametrize("kind", ["starter", "tutorial"])
def test_mixed_templates_share_their_steps_with_the_others(kind: str) -> None:
    folder = Path(content.__file__).parent.parent / "templates"
    others = [folder / f"{kind}-{language}" for language in ("typescript", "python", "javascript")]
    mixed = folder / f"{kind}-multi-language"
    for file in (path for path in mixed.rglob("*") if path.suffix in {".ts", ".py"}):
        twins = [other / file.relative_to(mixed) for other in others]
        twin = next(path for path in twins if path.exists())
        same = twin.read_text().replace("reserve-pet.step.ts", "reserve_pet_step.py")
        assert file.read_text() == same, f"{file.name} has drifted from {twin}"
