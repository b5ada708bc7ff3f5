"""The text of a new Step, in each language (CLI-10)."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

Config = Mapping[str, Any]
KINDS: Final = ("api", "event", "cron", "noop")
STEP_LANGUAGES: Final = ("python", "typescript", "javascript", "ruby")

_CONFIG_TYPES: Final = {"api": "ApiRouteConfig", "event": "EventConfig", "cron": "CronConfig", "noop": "NoopConfig"}
# What a handler of each kind is called with, in Python and Ruby.
_PARAMETERS: Final = {
    "api": "req, context",
    "event": "input, context",
    "cron": "context",
    "noop": "input, context",
}
_SCRIPT_FIRST: Final = {"api": "req", "event": "input", "cron": None, "noop": "input"}
_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][\w$]*")


@dataclasses.dataclass(frozen=True, slots=True)
class NewStep:
    """What a Step is to be. `method` and `path` belong to api, `topics` to event, `cron` to cron Steps."""

    name: str
    kind: str
    method: str = "GET"
    path: str = "/"
    topics: tuple[str, ...] = ()
    cron: str = ""
    emits: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()

    @property
    def config(self) -> Config:
        """The config, in the order in which authors write it."""
        own: dict[str, dict[str, Any]] = {
            "api": {"method": self.method, "path": self.path},
            "event": {"subscribes": list(self.topics)},
            "cron": {"cron": self.cron},
            "noop": {},
        }
        given = {"emits": list(self.emits), "flows": list(self.flows)}
        return {
            "type": self.kind,
            "name": self.name,
            **own[self.kind],
            **{key: each for key, each in given.items() if each},
        }

    @property
    def purpose(self) -> str:
        """One line that says when it runs."""
        return {
            "api": f"Answers {self.method} {self.path}.",
            "event": f"Runs for every event on {', '.join(self.topics)}.",
            "cron": f"Runs by the clock: {self.cron}",
            "noop": f"Runs when somebody starts it: motia trigger {json.dumps(self.name, ensure_ascii=False)}",
        }[self.kind]


def file_name(name: str, language: str) -> str:
    """`AddQuote` → `add_quote_step.py`, `add-quote.step.ts`; empty when the name has no letter or digit."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    words = re.findall(r"\w+", spaced.replace("_", " ").lower())
    if not words:
        return ""
    if language in {"python", "ruby"}:
        return f"{'_'.join(words)}_step.{'py' if language == 'python' else 'rb'}"
    return f"{'-'.join(words)}.step.{'ts' if language == 'typescript' else 'js'}"


def source(step: NewStep, language: str) -> str:
    """The text of the file."""
    if language == "ruby":
        return _ruby(step)
    return _python(step) if language == "python" else _script(step, typed=language == "typescript")


def _python(step: NewStep) -> str:
    purpose = step.purpose.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    purpose = f'{purpose[:-1]}\\"' if purpose.endswith('"') else purpose
    config = "".join(f"    {_text(key)}: {_value(each)},\n" for key, each in step.config.items())
    body = [f"    context.logger.info({_text(f'{step.name} runs')})"]
    body += [f'    await context.emit({{"topic": {_text(topic)}, "data": {{}}}})' for topic in step.emits]
    if step.kind == "api":
        body.append('    return {"status": 200, "body": {"ok": True}}')
    handler = f"async def handler({_PARAMETERS[step.kind]}):\n" + "\n".join(body)
    return f'"""{purpose}"""\n\nconfig = {{\n{config}}}\n\n\n{handler}\n'


def _ruby(step: NewStep) -> str:
    config = "".join(f"    {key}: {_ruby_value(each)},\n" for key, each in step.config.items())
    body = [f"  context.logger.info({_ruby_text(f'{step.name} runs')})"]
    body += [f"  context.emit(topic: {_ruby_text(topic)}, data: {{}})" for topic in step.emits]
    if step.kind == "api":
        body.append("  { status: 200, body: { ok: true } }")
    handler = f"def handler({_PARAMETERS[step.kind]})\n" + "\n".join(body)
    return f"# frozen_string_literal: true\n\n# {step.purpose}\ndef config\n  {{\n{config}  }}\nend\n\n{handler}\nend\n"


def _script(step: NewStep, *, typed: bool) -> str:
    kind = _CONFIG_TYPES[step.kind]
    handlers = f"Handlers[{_quoted(step.name)}]"
    config = "".join(
        f"  {key if _IDENTIFIER.fullmatch(key) else _quoted(key)}: {_script_value(each)},\n"
        for key, each in step.config.items()
    )
    members = ["emit", "logger"] if step.emits else ["logger"]
    context = f"{{ {', '.join(members)} }}"
    first = _SCRIPT_FIRST[step.kind]
    parameters = context if first is None else f"{first}, {context}"
    body = [f"  logger.info({_quoted(f'{step.name} runs')})"]
    body += [f"  await emit({{ topic: {_quoted(topic)}, data: {{}} }})" for topic in step.emits]
    if step.kind == "api":
        body.append("  return { status: 200, body: { ok: true } }")
    lines = "\n".join(body)
    head = f"// {step.purpose}\n"
    if typed:
        names = ", ".join(f"type {name}" for name in sorted((kind, "Handlers")))
        head += f"import {{ {names} }} from 'motia'\n"
        return (
            f"{head}\nexport const config: {kind} = {{\n{config}}}\n\n"
            f"export const handler: {handlers} = async ({parameters}) => {{\n{lines}\n}}\n"
        )
    return (
        f"{head}\n/** @type {{import('motia').{kind}}} */\nexport const config = {{\n{config}}}\n\n"
        f"/** @type {{import('motia').{handlers}}} */\nexport const handler = async ({parameters}) => {{\n{lines}\n}}\n"
    )


def _text(value: str) -> str:
    """A literal that Python and JSON share."""
    return json.dumps(value, ensure_ascii=False)


def _value(value: str | Iterable[str]) -> str:
    return _text(value) if isinstance(value, str) else f"[{', '.join(map(_text, value))}]"


def _ruby_text(value: str) -> str:
    """Single quotes: nothing in the text is code."""
    inner = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{inner}'"


def _ruby_value(value: str | Iterable[str]) -> str:
    return _ruby_text(value) if isinstance(value, str) else f"[{', '.join(map(_ruby_text, value))}]"


def _quoted(value: str) -> str:
    inner = json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"


def _script_value(value: str | Iterable[str]) -> str:
    return _quoted(value) if isinstance(value, str) else f"[{', '.join(map(_quoted, value))}]"
