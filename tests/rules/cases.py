"""The cases of cases/*.yaml: what is written, and how it is asked for and compared. README.md says the form."""

from __future__ import annotations

import dataclasses
import functools
import re
from pathlib import Path
from typing import Any, Final

import yaml

from support.running_project import Project, until

HERE: Final = Path(__file__).parent
REPOSITORY: Final = HERE.parents[1]
NODE_MODULES: Final = REPOSITORY / "runtimes/node/node_modules"
PATIENCE_S: Final = 20.0
SUFFIXES: Final = {"python": "py", "typescript": "ts", "javascript": "js", "ruby": "rb"}
LANGUAGES: Final = [
    language for language in SUFFIXES if language != "ruby" or (REPOSITORY / "runtimes/ruby/exe/motia-worker").is_file()
]


@dataclasses.dataclass(frozen=True)
class Case:
    """One case in one language."""

    number: int
    language: str
    content: dict[str, Any]

    @property
    def id(self) -> str:
        """Rules, name and language, for pytest."""
        return f"{' '.join(self.content['rules'])} {self.content['name']}-{self.language}"

    @property
    def unique(self) -> str:
        """What stands for UNIQUE."""
        return f"{self.language}-{self.number}"

    def files(self) -> dict[str, str]:
        """The files by path; a name with a slash has no Step suffix, for the function form."""
        found = {}
        for name, texts in self.content["files"].items():
            text = texts.get(self.language) or texts.get("javascript" if self.language == "typescript" else "")
            if text is None:
                continue
            end = SUFFIXES[self.language]
            suffix = f".{end}" if "/" in name else f"_step.{end}" if end in {"py", "rb"} else f".step.{end}"
            folder = "" if "/" in name else "steps/"
            found[f"{folder}{name}-{self.unique}{suffix}"] = self.filled(text)
        return found

    def filled(self, value: Any) -> Any:
        """`value` with UNIQUE replaced."""
        if isinstance(value, str):
            return value.replace("UNIQUE", self.unique)
        if isinstance(value, dict):
            return {self.filled(key): self.filled(each) for key, each in value.items()}
        return [self.filled(each) for each in value] if isinstance(value, list) else value


@functools.cache
def cases() -> tuple[Case, ...]:
    """Every case in every language it is written for."""
    written = [
        content for file in sorted((HERE / "cases").glob("*.yaml")) for content in yaml.safe_load_all(file.read_text())
    ]
    return tuple(
        Case(number, language, content)
        for number, content in enumerate(written)
        for language in LANGUAGES
        if language in content.get("languages", LANGUAGES)
    )


def matches(wanted: Any, given: Any) -> bool:
    """Whether `given` is as wanted: objects may have more keys, `/…/` is a pattern."""
    if isinstance(wanted, str) and len(wanted) > 1 and wanted[0] == wanted[-1] == "/":
        return re.search(wanted[1:-1], str(given), re.DOTALL) is not None
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(key in given and matches(wanted[key], given[key]) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(given, list) and len(wanted) == len(given) and all(map(matches, wanted, given))
    return type(wanted) is type(given) and bool(wanted == given)


def take(project: Project, case: Case, turn: dict[str, Any], traces: list[str]) -> None:
    """One turn of a case's talk."""
    if "http" in turn:
        _http(project, case, turn, traces)
    elif "emit" in turn:
        project.http.post("/emit", json={"topic": turn["emit"], "data": turn["data"]}).raise_for_status()
    elif "start" in turn:
        answer = project.http.post(f"/__motia/steps/{turn['start']}/start", json={"data": turn.get("data")})
        assert answer.status_code == 202, answer.text
    elif "set" in turn:
        item = {"groupId": turn["set"], "key": turn["key"], "value": turn["value"]}
        project.http.post("/__motia/state", json=item).raise_for_status()
    elif "state" in turn:
        group = turn.get("state of", case.unique)
        until(lambda: matches(turn["state"], project.state(group)), PATIENCE_S)
    elif "dead" in turn:
        dead = until(
            lambda: [one for one in project.http.get("/__motia/queue/dead").json() if one["step"] == turn["dead"]],
            PATIENCE_S,
        )
        assert matches(turn["is"], dead[0]), dead
        assert matches(turn.get("message", "//"), dead[0]["error"]["message"]), dead
    else:
        _logs(project, turn, traces[-1])


def _http(project: Project, case: Case, turn: dict[str, Any], traces: list[str]) -> None:
    method, _, target = turn["http"].partition(" ")
    content = turn["text"].encode() if "text" in turn else None
    answer = project.http.request(method, target, headers=turn.get("headers"), json=turn.get("json"), content=content)
    assert answer.status_code == turn.get("status", 200), answer.text
    traces.append(answer.headers.get("x-trace-id", ""))
    if "expect" in turn:
        expected = turn["expect"]
        by_language = isinstance(expected, dict) and case.language in expected
        assert matches(expected[case.language] if by_language else expected, answer.json()), answer.text
    if "body" in turn:
        assert answer.text == turn["body"]
    if "hex" in turn:
        assert answer.content.hex() == turn["hex"]
    if "paths" in turn:
        assert {detail["path"] for detail in answer.json()["details"]} == set(turn["paths"]), answer.text
    for name, value in turn.get("got", {}).items():
        assert matches(value, answer.headers.get(name)), answer.headers


def _logs(project: Project, turn: dict[str, Any], trace_id: str) -> None:
    wanted = {tuple(log) for log in turn["logs"]}
    until(lambda: wanted <= {(log["level"], log["msg"]) for log in project.trace(trace_id)["logs"]}, PATIENCE_S)
    assert turn["masked"] not in str(project.trace(trace_id))
