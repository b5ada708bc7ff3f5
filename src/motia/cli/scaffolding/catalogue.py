"""Which templates there are, under which names (CLI-4)."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import click

# Names of languages, the one we use first.
_LANGUAGES: Final = (
    ("python", "py"),
    ("typescript", "ts"),
    ("javascript", "js"),
    ("multi-language", "multilang", "multi", "mixed"),
)
LANGUAGES: Final = tuple(names[0] for names in _LANGUAGES)
# Runs wherever `motia` itself runs, so it needs nothing that may be missing.
DEFAULT_LANGUAGE: Final = "python"


@dataclasses.dataclass(frozen=True, slots=True)
class Template:
    """A project to start from. `layers`: language → folders of template files, later ones adding to earlier ones."""

    name: str
    summary: str
    layers: Mapping[str, tuple[str, ...]]
    first_request: str

    @property
    def languages(self) -> tuple[str, ...]:
        """What it is written in."""
        return tuple(self.layers)


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """A template in one language, and the folders to make it from."""

    template: Template
    language: str
    layers: tuple[str, ...]

    @property
    def needs_node(self) -> bool:
        """Whether some of its Steps run in Node."""
        return self.language != "python"

    @property
    def is_typed(self) -> bool:
        """Whether some of its Steps are TypeScript."""
        return self.language in {"typescript", "multi-language"}


_BASE: Final = MappingProxyType(
    {
        "python": ("git", "project", "python"),
        "typescript": ("git", "project", "node", "typescript"),
        "javascript": ("git", "project", "node"),
        "multi-language": ("git", "project", "python", "node", "typescript"),
    }
)


def _layers(kind: str, languages: Iterable[str]) -> dict[str, tuple[str, ...]]:
    return {language: (*_BASE[language], f"{kind}-{language}") for language in languages}


def _starter(language: str, words: str) -> Template:
    summary = f"starter in {words}: API → event → state, a schedule, a Step started by hand"
    return Template(
        language, summary, _layers("starter", [language]), "curl 'http://localhost:3000/hello-world?name=Ada'"
    )


_STARTERS: Final = MappingProxyType(
    {
        "python": _starter("python", "Python"),
        "typescript": _starter("typescript", "TypeScript"),
        "javascript": _starter("javascript", "JavaScript"),
        "multi-language": _starter("multi-language", "TypeScript, Python and JavaScript"),
    }
)
_TUTORIAL: Final = Template(
    "tutorial",
    "a pet shop told in seven Steps: validation, ordering, retries, idempotency; its README is the lesson",
    _layers("tutorial", ("python", "typescript", "multi-language")),
    "curl http://localhost:3000/pets -H 'content-type: application/json' "
    '-d \'{"id": "rex", "name": "Rex", "species": "dog", "price": 120}\'',
)
_AGENT: Final = Template(
    "ai-agent",
    "an agent in Python whose turns are events: a model, tools, retries; runs without a key",
    _layers("ai-agent", ["python"]),
    "curl http://localhost:3000/questions -H 'content-type: application/json' -d '{\"text\": \"What is 6 * 7?\"}'",
)
_FULL_STACK: Final = Template(
    "full-stack",
    "a page that follows a live stream, Steps behind it in two languages; API on 3001, Workbench on 3000",
    # Without `project`: it has a motia.config of its own.
    {"multi-language": ("git", "python", "node", "typescript", "full-stack-multi-language")},
    "curl http://localhost:3001/orders -H 'content-type: application/json' -d '{\"dish\": \"soup\"}'",
)
TEMPLATES: Final = (*_STARTERS.values(), _TUTORIAL, _AGENT, _FULL_STACK)
_BY_NAME: Final = MappingProxyType({template.name: template for template in TEMPLATES})

# The names of 0.17: name → template, language. Its starters also answered GET /hello, which a layer adds.
_OLD_NAMES: Final = MappingProxyType(
    {
        "starter-python": ("python", "python"),
        "starter-typescript": ("typescript", "typescript"),
        "starter-javascript": ("javascript", "javascript"),
        "starter-multilang": ("multi-language", "multi-language"),
        "motia-tutorial-python": ("tutorial", "python"),
        "motia-tutorial-typescript": ("tutorial", "typescript"),
    }
)
_HELLO: Final = MappingProxyType(
    {
        "python": "hello-python",
        "typescript": "hello-typescript",
        "javascript": "hello-javascript",
        "multi-language": "hello-typescript",
    }
)


def choose(template: str | None, language: str | None) -> Choice:
    """The template meant by a name and a language, either of which may be left out. Raises a usage error."""
    wanted = None if language is None else language_named(language)
    name = "starter" if template is None else template.strip().lower()
    if name == "starter":
        own = wanted or DEFAULT_LANGUAGE
        return _in_language(_STARTERS[own], own)
    if name in _OLD_NAMES:
        return _old(name, wanted)
    if name in _BY_NAME:
        return _in_language(_BY_NAME[name], wanted)
    raise click.UsageError(_unknown(template or name))


def aliases(template: Template) -> tuple[str, ...]:
    """The other names of a template."""
    short = ("starter",) if template.name in _STARTERS else ()
    return (*short, *(name for name, (canonical, _) in _OLD_NAMES.items() if canonical == template.name))


def language_named(text: str) -> str:
    """Our name of a language. Raises a usage error that lists the languages."""
    wanted = text.strip().lower()
    for names in _LANGUAGES:
        if wanted in names:
            return names[0]
    raise click.UsageError(f"there is no template in {text!r}; languages: {', '.join(LANGUAGES)}")


def _old(name: str, language: str | None) -> Choice:
    canonical, own = _OLD_NAMES[name]
    if language not in {None, own}:
        raise click.UsageError(f"the template {name!r} is in {own}, not in {language}")
    choice = _in_language(_BY_NAME[canonical], own)
    if canonical not in _STARTERS:
        return choice
    return dataclasses.replace(choice, layers=(*choice.layers, _HELLO[own]))


def _in_language(template: Template, language: str | None) -> Choice:
    if language is None:
        own = DEFAULT_LANGUAGE if DEFAULT_LANGUAGE in template.layers else template.languages[0]
        return Choice(template, own, template.layers[own])
    if language not in template.layers:
        hint = " 'starter' comes in all languages." if template.name in _STARTERS else ""
        raise click.UsageError(
            f"the template {template.name!r} is in {' or '.join(template.languages)}, not in {language}.{hint}"
        )
    return Choice(template, language, template.layers[language])


def _unknown(name: str) -> str:
    known = [*_BY_NAME, "starter", *_OLD_NAMES]
    near = difflib.get_close_matches(name.strip().lower(), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"there is no template {name!r}.{hint} Templates: {', '.join([*_BY_NAME, 'starter'])}; 'motia templates' describes them."
