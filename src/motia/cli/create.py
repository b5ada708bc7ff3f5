"""`motia create`."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import shlex
from pathlib import Path
from typing import Final

import click

from motia.app.editor_types import write_editor_types
from motia.cli.scaffolding.catalogue import LANGUAGES, Choice, choose
from motia.cli.scaffolding.content import files_of
from motia.cli.scaffolding.placing import Placed, place
from motia.cli.scaffolding.questions import ask, ask_one_of, on_terminal

_HERE: Final = frozenset({".", "./", ".\\"})
_SUGGESTED_NAME: Final = "my-motia-app"
_KINDS: Final = ("starter", "tutorial")
_LONGEST_PACKAGE_NAME: Final = 214


@dataclasses.dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be made and where."""

    name: str
    choice: Choice
    cursor: bool

    @property
    def target(self) -> Path:
        return Path.cwd() if self.name in _HERE else Path.cwd() / self.name


@click.command()
@click.argument("name", required=False)
@click.option("-n", "--name", "name_option", help="The project's name and directory; '.' is the current directory.")
@click.option("-t", "--template", help="What to start from; 'motia templates' lists them (default: starter).")
@click.option("-l", "--language", help=f"{', '.join(LANGUAGES)} (default: that of the template, else python).")
@click.option("-i", "--interactive", is_flag=True, help="Ask for what is not given.")
@click.option("-c", "--cursor", is_flag=True, help="Add .cursor/rules for the Cursor editor.")
@click.option("-p", "--plugin", is_flag=True, hidden=True, help="Not available.")
@click.option("--skip-redis", is_flag=True, hidden=True, help="Accepted for older scripts: nothing needs Redis.")
@click.option("--no-install", is_flag=True, hidden=True, help="Accepted for older scripts: nothing is ever installed.")
def create(
    name: str | None,
    name_option: str | None,
    template: str | None,
    language: str | None,
    *,
    interactive: bool,
    cursor: bool,
    plugin: bool,
    skip_redis: bool,  # noqa: ARG001 - accepted, has no effect
    no_install: bool,  # noqa: ARG001 - accepted, has no effect
) -> None:
    """Make a new project in the directory NAME.

    Nothing is downloaded, and no file that exists is overwritten.
    """
    if plugin:
        raise click.UsageError("plugin projects are not available; leave out --plugin to make an ordinary project")
    if name and name_option and name != name_option:
        raise click.UsageError(f"two names are given, {name!r} and {name_option!r}; which one is it?")
    given = name or name_option
    if interactive and not on_terminal():
        raise click.UsageError("--interactive needs a terminal; give NAME, --template and --language instead")
    if interactive or (given is None and on_terminal()):
        wanted = _asked(given, template, language, cursor=cursor)
    elif given is None:
        raise click.UsageError("which name? 'motia create NAME', or '.' for the current directory")
    else:
        wanted = _Wanted(given, choose(template, language), cursor)
    _make(wanted)


def _asked(name: str | None, template: str | None, language: str | None, *, cursor: bool) -> _Wanted:
    """The answers of a person; what was given is not asked."""
    chosen_name = name or ask("Project name ('.' for here)", _SUGGESTED_NAME)
    chosen = template or ask_one_of("Template", _KINDS, _KINDS[0])
    choice = choose(chosen, language)
    if language is None and chosen in _KINDS:
        languages = LANGUAGES if chosen == "starter" else choice.template.languages
        choice = choose(chosen, ask_one_of("Language", languages, choice.language))
    rules = cursor or click.confirm("Add rules for the Cursor editor?", default=False)
    return _Wanted(chosen_name, choice, rules)


def _make(wanted: _Wanted) -> None:
    title = wanted.target.resolve().name
    layers = (*wanted.choice.layers, *(("cursor",) if wanted.cursor else ()))
    files = files_of(layers, {"name": title, "package": _package_name(title)})
    placed = place(files, wanted.target)
    if wanted.choice.is_typed:
        write_editor_types(wanted.target)
    _tell(wanted, title, placed)


def _package_name(title: str) -> str:
    """The name as npm allows it."""
    name = re.sub(r"[^a-z0-9-]+", "-", title.lower()).strip("-")[:_LONGEST_PACKAGE_NAME]
    if not name:
        raise click.UsageError(f"a project's name needs letters or digits; {title!r} has none")
    return name


def _tell(wanted: _Wanted, title: str, placed: Placed) -> None:
    choice = wanted.choice
    click.echo(f"{click.style('✓', fg='green')} Created {click.style(title, bold=True)} from {_described(choice)}\n")
    for path in placed.made:
        click.echo(f"  {path}")
    for path in placed.extended:
        click.echo(f"  {path} {click.style('(what was missing was added)', fg='bright_black')}")
    for path in placed.kept:
        click.echo(f"  {path} {click.style('(was there, left as it is)', fg='bright_black')}")
    click.echo("\nNext:")
    if wanted.name not in _HERE:
        click.echo(f"  cd {shlex.quote(wanted.name)}")
    click.echo("  motia dev")
    click.echo(f"\nThen, in another terminal:\n  {choice.template.first_request}")
    if choice.needs_node:
        _warn_without_node(wanted.target)


def _described(choice: Choice) -> str:
    template = choice.template
    if len(template.languages) == 1:
        return f"the {template.name} starter"
    words = (
        "several languages"
        if choice.language == "multi-language"
        else choice.language.title().replace("script", "Script")
    )
    return f"the {template.name} in {words}"


def _warn_without_node(target: Path) -> None:
    from motia.app.project_settings import ProjectSettings  # noqa: PLC0415 - loads the whole core

    missing = asyncio.run(ProjectSettings.read(target, "dev")).code().missing.get("node")
    if missing is not None:
        click.echo(
            f"\n{click.style('Note:', fg='yellow')} the TypeScript and JavaScript Steps will not run yet: {missing}"
        )
