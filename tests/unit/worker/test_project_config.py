"""What a `motia.config.py` sets, in all its shapes, and what of it is refused."""

import itertools
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from motia.authoring.errors import PayloadError
from motia.project import configuration
from motia.project.section import Section
from motia.worker.config_places import line_of
from motia.worker.configuring import load_config
from motia.worker.project_config import OptionsWriter, _is_option, read_options, request_hooks
from motia.worker.sources import Project

_numbers = itertools.count()


async def options(source: str, environment: str = "development") -> dict[str, Any]:
    module = ModuleType(f"config_file_{next(_numbers)}")
    exec(source, vars(module))
    return await read_options(module, environment)


@pytest.mark.parametrize(
    "source",
    [
        "config = {'port': 4000}",
        "from motia import define_config\nconfig = define_config({'port': 4000})",
        "from motia import define_config\nconfig = define_config(port=4000)",
        "from motia import define_config as define\nanything = define({'port': 4000})",
        "def config():\n    return {'port': 4000}",
        "async def config():\n    return {'port': 4000}",
        "from motia import define_config\n@define_config\nasync def settings():\n    return {'port': 4000}",
        "class config:\n    port = 4000",
        "port = 4000",
        "port = 4000\nimport queue\nfrom motia import cron, state\nPORTS = [1]\n_port = 2\nurl = 'x'\nstreams = str",
        "port = 4000\ndef cors(): ...",
    ],
)
async def test_shapes(source: str) -> None:
    assert await options(source) == {"port": 4000}


async def test_names_count_where_there_is_no_config() -> None:
    found = await options(
        "middleware = {}\nbody_limit = '1mb'\nstaging = {'port': 1}\nproduction = {}\ntest = {}\n"
        "def authenticate_stream(request, ctx): ...\nasync def app(app): ...",
        "staging",
    )
    assert set(found) == {
        "middleware", "body_limit", "staging", "production", "test", "authenticate_stream", "app"
    }  # fmt: skip


async def test_a_slip_of_the_pen_reaches_the_core_which_will_ask() -> None:
    found = await options("midleware = {'pre': []}\nstrict_emit = True\nhelper = {}\nstream_ = object()")
    assert set(found) == {"midleware", "strict_emit"}


async def test_hooks_beside_a_config_that_does_not_name_them_count() -> None:
    beside = "middleware = {'pre': []}\nport = 1\ndef authenticate_stream(request, ctx): ...\n"
    assert set(await options(f"{beside}config = {{}}")) == {"middleware", "authenticate_stream"}
    named = await options(f"{beside}config = {{'middleware': None, 'stream_auth': {{}}}}")
    assert named == {"middleware": None, "stream_auth": {}}


@pytest.mark.parametrize("source", ["config = 7", "config = 'port'", "def config(): ...", "config = [1]"])
async def test_what_no_config_can_be(source: str) -> None:
    with pytest.raises(TypeError, match="config is a dict or a class"):
        await options(source)


def one(_req: Any, _ctx: Any, _following: Any) -> None: ...
def two(_req: Any, _ctx: Any, _following: Any) -> None: ...


@pytest.mark.parametrize(
    ("given", "functions"),
    [
        ({}, ()),
        ({"middleware": None}, ()),
        ({"middleware": {}}, ()),
        ({"middleware": {"pre": one}}, (one,)),
        ({"middleware": {"pre": (one, two)}}, (one, two)),
        ({"middleware": {"pre": [one]}, "production": {"middleware": {"pre": [two]}}}, (two,)),
        ({"middleware": {"pre": [one]}, "production": {"middleware": {"pre": []}}}, ()),
        ({"middleware": {"pre": [one]}, "production": {"port": 1}}, (one,)),
        ({"middleware": {"pre": [one]}, "development": {"middleware": {"pre": [two]}}}, (one,)),
    ],
)
def test_functions_before_requests(given: Mapping[str, Any], functions: tuple[Any, ...]) -> None:
    assert request_hooks(given, "production") == functions


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"middleware": [one]}, "middleware is {"),
        ({"middleware": {"pre": [one, "two"]}}, r"middleware\.pre\.1 is a function, not str"),
        ({"production": {"middleware": {"pre": 1}}}, r"middleware\.pre\.0 is a function, not int"),
        ({"app": one}, "in Python write middleware"),
        ({"production": {"app": one}}, "in Python write middleware"),
    ],
)
def test_what_means_to_close_but_cannot_is_refused(given: Mapping[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        request_hooks(given, "production")


@dataclass
class Cors:
    origins: tuple[str, ...]
    check: Any


def test_written_as_json() -> None:
    given = {
        "cors": Cors(("a", "b"), one),
        "folder": Path("x/y"),
        "stream_auth": {"authenticate": one, "context_schema": {"id": int}},
        "otel": {"contextSchema": {"type": "object"}},
    }
    assert OptionsWriter().write(given) == {
        "cors": {"origins": ["a", "b"], "check": {"$motia": "function", "name": "cors.check"}},
        "folder": "x/y",
        "stream_auth": {
            "authenticate": {"$motia": "function", "name": "stream_auth.authenticate"},
            "context_schema": {
                "$motia": "schema",
                "live": True,
                "json": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]},
            },
        },
        "otel": {"contextSchema": {"type": "object"}},
    }


@pytest.mark.parametrize(
    ("given", "message", "path"),
    [
        ({"redis": {"url": object()}}, "redis.url is of type object", ("redis", "url")),
        ({"plugins": [1, {"x": float("nan")}]}, "plugins.1.x is nan", ("plugins", "1", "x")),
        ({"adapters": {"state": Cors}}, "adapters.state is the class Cors", ("adapters", "state")),
    ],
)
def test_what_json_cannot_hold(given: dict[str, Any], message: str, path: tuple[str, ...]) -> None:
    writer = OptionsWriter()
    with pytest.raises(PayloadError, match=message):
        writer.write(given)
    assert writer.at == path


PLACES = """\
from motia import define_config
LIMITS: dict[str, str] = {
    "max": "1mb",
}
config = define_config(
    {
        "a": [
            1,
            {"b": 2},
        ],
    },
    c=LIMITS,
    d=dict(
        e=1),
)
"""


@pytest.mark.parametrize(
    ("source", "path", "line"),
    [
        (PLACES, ("a",), 7),
        (PLACES, ("a", "1", "b"), 9),
        (PLACES, ("a", "5"), 7),
        (PLACES, ("c",), 12),
        (PLACES, ("c", "max"), 3),
        (PLACES, ("d", "e"), 14),
        ("x = 1\nport = {\n 'a': 1}", ("port", "a"), 3),
        ("def config():\n  return {\n    'a': 1}", ("a",), 3),
        ("x = 1", ("a",), None),
        ("config = (", ("a",), None),
    ],
)
def test_places(tmp_path: Path, source: str, path: tuple[str, ...], line: int | None) -> None:
    file = tmp_path / "motia.config.py"
    file.write_text(source)
    assert line_of(file, path) == line


def test_names_in_a_circle_have_some_place(tmp_path: Path) -> None:
    (tmp_path / "motia.config.py").write_text("config = port\nport = config")
    assert line_of(tmp_path / "motia.config.py", ("a",)) in (1, 2)


def test_no_place_in_no_file(tmp_path: Path) -> None:
    assert line_of(tmp_path / "motia.config.py", ("a",)) is None


async def test_a_file_that_ends_the_program_is_a_failing_file(tmp_path: Path) -> None:
    (tmp_path / "motia.config.py").write_text("import sys\nsys.exit(3)\n")
    loaded = await load_config(Project(tmp_path), "motia.config.py")
    assert loaded.hook is None
    assert loaded.answer["error"]["name"] == "SystemExit"
    assert (loaded.answer["error"]["file"], loaded.answer["error"]["line"]) == ("motia.config.py", 2)
    assert "motia_config" not in sys.modules


def test_every_option_of_the_core_is_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    names: set[str] = set()
    finish = Section.finish

    def listen(section: Section) -> None:
        names.update([] if section.path else section._names)
        finish(section)

    monkeypatch.setattr(Section, "finish", listen)
    configuration.read_config({}, environment="development", command="dev", variables={})
    assert "bodyLimit" in names
    module = ModuleType("motia_config")
    hooks = {"app", "middleware", "streamAuth", "authenticateStream"}
    assert [name for name in names - hooks if not _is_option(name, None, module, "development")] == []
