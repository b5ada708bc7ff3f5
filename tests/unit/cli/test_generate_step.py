"""`motia generate step` (CLI-10): what is written, where, and what is refused."""

from __future__ import annotations

import ast
import itertools

import pytest

from motia.cli.generate import generate
from motia.cli.scaffolding.step_source import KINDS, STEP_LANGUAGES, NewStep, file_name, source
from motia.project.discovery import discover
from unit.cli.commands import Commands, Ran

ENDING = {"python": "_step.py", "typescript": ".step.ts", "javascript": ".step.js", "ruby": "_step.rb"}


@pytest.fixture
def project(commands: Commands) -> Commands:
    (commands.here / "steps").mkdir()
    return commands


def step(project: Commands, *options: str, typed: str | None = None) -> Ran:
    return project.run(generate, "step", *options, typed=typed)


@pytest.mark.parametrize(("kind", "language"), [*itertools.product(KINDS, STEP_LANGUAGES)])
def test_a_step_of_every_kind_in_every_language_is_discovered(project: Commands, kind: str, language: str) -> None:
    made = step(project, "-n", "AddQuote", "-t", kind, "-l", language, "--emits", "quote.added", "--flows", "quotes")
    assert made.status == 0, made.output
    (found,) = discover(project.here).steps
    assert f"✓ {found.path}\n" in made.output
    assert found.path.endswith(ENDING[language])
    text = (project.here / found.path).read_text()
    for word in ("AddQuote", "quote.added", "quotes", kind):
        assert word in text


def test_options_become_config(project: Commands) -> None:
    options = ("--path", "quotes/:id", "--method", "put", "--emits", "a, b", "--emits", "b,c", "--flows", "x")
    step(project, "-n", "AddQuote", "-t", "api", "-l", "python", "-d", "quotes", *options)
    text = (project.here / "steps/quotes/add_quote_step.py").read_text()
    assert config_of(text) == {
        "type": "api",
        "name": "AddQuote",
        "method": "PUT",
        "path": "/quotes/:id",
        "emits": ["a", "b", "c"],
        "flows": ["x"],
    }
    assert text.startswith('"""Answers PUT /quotes/:id."""\n')
    assert 'await context.emit({"topic": "c", "data": {}})' in text


def test_what_is_not_given_has_a_default(project: Commands) -> None:
    for kind in KINDS:
        step(project, "-n", f"Some {kind}", "-t", kind)
    configs = {kind: config_of((project.here / f"steps/some_{kind}_step.py").read_text()) for kind in KINDS}
    assert configs["api"] == {"type": "api", "name": "Some api", "method": "GET", "path": "/some-api"}
    assert configs["event"] == {"type": "event", "name": "Some event", "subscribes": ["some-event"]}
    assert configs["cron"] == {"type": "cron", "name": "Some cron", "cron": "0 * * * *"}
    assert configs["noop"] == {"type": "noop", "name": "Some noop"}


def test_the_language_is_that_of_most_steps(project: Commands) -> None:
    step(project, "-n", "A", "-t", "noop", "-l", "typescript")
    step(project, "-n", "B", "-t", "noop", "-l", "javascript")
    step(project, "-n", "C", "-t", "noop", "-l", "typescript")
    step(project, "-n", "D", "-t", "noop")
    assert "steps/d.step.ts" in project.files()


def test_the_folder_may_be_named_in_full(project: Commands) -> None:
    step(project, "-n", "A", "-t", "noop", "-d", "src/orders")
    step(project, "-n", "B", "-t", "noop", "-d", "orders")
    assert project.files() == ["src/orders/a_step.py", "steps/orders/b_step.py"]


def test_an_existing_file_is_not_overwritten(project: Commands) -> None:
    step(project, "-n", "A", "-t", "noop")
    again = step(project, "-n", "a", "-t", "api")
    assert again.status == 1
    assert "steps/a_step.py exists; nothing was written" in again.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-t", "api"), "--name is missing"),
        (("-n", "A"), "--type is missing; one of api, event, cron, noop"),
        (("-n", "§", "-t", "api"), "needs letters or digits"),
        (("-n", "A", "-t", "api", "--cron", "* * * * *"), "--cron is for cron Steps; this one is of type api"),
        (("-n", "A", "-t", "event", "--path", "/a"), "--path is for api Steps"),
        (("-n", "A", "-t", "noop", "--subscribes", "a"), "--subscribes is for event Steps"),
        (("-n", "A", "-t", "cron", "--cron", "* *"), '--cron: "* *" has 2 fields'),
        (("-n", "A", "-t", "noop", "-d", "../elsewhere"), "--dir is a folder below steps/"),
    ],
)
def test_wrong_usage_is_refused(project: Commands, options: tuple[str, ...], said: str) -> None:
    refused = step(project, *options)
    assert refused.status == 2
    assert said in refused.output
    assert project.files() == []


def test_on_a_terminal_name_and_type_are_asked(project: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motia.cli.generate.on_terminal", lambda: True)
    assert step(project, typed="AddQuote\ncron\n").status == 0
    assert project.files() == ["steps/add_quote_step.py"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("AddQuote", "add-quote"),
        ("Add a Quote!", "add-a-quote"),
        ("HTTPServer", "http-server"),
        ("add_quote", "add-quote"),
        ("Grüße", "grüße"),
        ("quote.added v2", "quote-added-v2"),
    ],
)
def test_names_become_file_names(name: str, file: str) -> None:
    assert file_name(name, "typescript") == f"{file}.step.ts"
    assert file_name(name, "python") == f"{file.replace('-', '_')}_step.py"


@pytest.mark.parametrize("name", ["a'b", 'a"b', 'a"""', "a\\b", "ü", "a{b}"])
def test_any_name_is_written_as_it_is(name: str) -> None:
    for kind in KINDS:
        text = source(NewStep(name, kind, path="/'\"", topics=(name,), cron="* * * * *", emits=(name,)), "python")
        assert config_of(text)["name"] == name
        assert config_of(text)["emits"] == [name]


def test_javascript_quotes() -> None:
    text = source(NewStep("a'b\"c\\d", "event", topics=("t",)), "javascript")
    assert "  name: 'a\\'b\"c\\\\d',\n" in text
    assert "Handlers['a\\'b\"c\\\\d']" in text


def config_of(text: str) -> dict[str, object]:
    (assignment,) = [node for node in ast.parse(text).body if isinstance(node, ast.Assign)]
    config: dict[str, object] = ast.literal_eval(assignment.value)
    return config
