"""`motia templates`, and what names mean (CLI-4)."""

from __future__ import annotations

import json

import click
import pytest

from motia.cli.scaffolding.catalogue import DEFAULT_LANGUAGE, LANGUAGES, TEMPLATES, choose
from motia.cli.templates_command import templates
from unit.cli.commands import Commands


def test_the_list_names_every_template_with_its_languages(commands: Commands) -> None:
    listed = commands.run(templates)
    assert listed.status == 0
    for template in TEMPLATES:
        line = next(line for line in listed.output.splitlines() if line.startswith(template.name))
        assert ", ".join(template.languages) in line
        assert template.summary in line


def test_the_list_is_there_for_scripts(commands: Commands) -> None:
    listed = {each["name"]: each for each in json.loads(commands.run(templates, "--json").output)}
    assert set(listed) == {"python", "typescript", "javascript", "multi-language", "tutorial", "ai-agent", "full-stack"}
    assert listed["tutorial"]["languages"] == ["python", "typescript", "multi-language"]
    assert listed["multi-language"]["aliases"] == ["starter", "starter-multilang"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_starter_is_the_one_of_the_chosen_language(language: str) -> None:
    assert choose("starter", language) == choose(language, None)


def test_without_any_choice_it_is_the_starter_that_needs_nothing_else() -> None:
    assert choose(None, None) == choose(DEFAULT_LANGUAGE, None)
    assert not choose(None, None).needs_node


@pytest.mark.parametrize(
    ("short", "language"),
    [
        ("py", "python"),
        ("TS", "typescript"),
        ("js", "javascript"),
        ("multilang", "multi-language"),
        ("mixed", "multi-language"),
    ],
)
def test_languages_have_short_names(short: str, language: str) -> None:
    assert choose(None, short).language == language


@pytest.mark.parametrize(
    ("old", "template", "language"),
    [
        ("starter-python", "python", "python"),
        ("starter-typescript", "typescript", "typescript"),
        ("starter-javascript", "javascript", "javascript"),
        ("starter-multilang", "multi-language", "multi-language"),
        ("motia-tutorial-python", "tutorial", "python"),
        ("motia-tutorial-typescript", "tutorial", "typescript"),
    ],
)
def test_the_names_of_0_17_are_aliases(old: str, template: str, language: str) -> None:
    choice = choose(old, None)
    assert (choice.template.name, choice.language) == (template, language)


def test_a_template_is_not_made_in_another_language_than_its_name_says() -> None:
    with pytest.raises(
        click.UsageError, match=r"'python' is in python, not in typescript\. 'starter' comes in all languages"
    ):
        choose("python", "typescript")
    with pytest.raises(click.UsageError, match="'starter-python' is in python, not in typescript"):
        choose("starter-python", "typescript")
    with pytest.raises(
        click.UsageError, match="'tutorial' is in python or typescript or multi-language, not in javascript"
    ):
        choose("tutorial", "javascript")


def test_an_unknown_name_is_answered_with_the_nearest_and_the_list() -> None:
    with pytest.raises(
        click.UsageError, match=r"no template 'tutorail'\. Did you mean 'tutorial'\? Templates: python, "
    ):
        choose("tutorail", None)
    with pytest.raises(click.UsageError, match="no template in 'ruby'; languages: python, typescript"):
        choose("starter", "ruby")
