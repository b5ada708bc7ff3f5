"""The project config (CONF-1 to CONF-9, CONF-20 to CONF-27, ENV-2 to ENV-6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from motia.project.adapter_choice import Adapter, without_password
from motia.project.config_file import protecting_keys, read_config_file
from motia.project.configuration import ProjectConfig, read_config
from motia.project.network_config import Cors, Limits, Workbench, runs_in_container
from motia.project.notice import Notice

FUNCTION = {"$motia": "function", "name": "f"}


def read(
    values: dict[str, Any] | None = None,
    *,
    environment: str = "development",
    command: str = "dev",
    in_container: bool = False,
    **variables: str,
) -> tuple[ProjectConfig, tuple[Notice, ...]]:
    return read_config(
        values or {},
        environment=environment,
        command=command,
        variables=variables,
        file="motia.config.toml",
        root=Path("/project"),
        in_container=in_container,
    )


def good(values: Any = None, **more: Any) -> ProjectConfig:
    config, notices = read(values, **more)
    assert notices == ()
    return config


def wrong(values: dict[str, Any], **more: Any) -> list[tuple[str, str, str | None]]:
    return [(notice.level, notice.rule, notice.field) for notice in read(values, **more)[1]]


def urls(values: Any = None, **variables: Any) -> list[str | None]:
    adapters = good(values, **variables).adapters
    return [adapters.state.url, adapters.streams.url, adapters.events.url, adapters.cron.url]


# --- files --------------------------------------------------------------------------------------------------------------


def test_conf_1_no_file_is_all_defaults(tmp_path: Path) -> None:
    assert read_config_file(tmp_path, {}).values == {}
    assert good() == ProjectConfig(environment="development")


def test_conf_1_a_second_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "motia.config.toml").write_text("port = 1")
    (tmp_path / "motia.config.json").write_text("{}")
    found = read_config_file(tmp_path, {})
    assert (found.path, found.values) == ("motia.config.toml", {"port": 1})
    assert [(notice.level, notice.rule, notice.file) for notice in found.notices] == [
        ("warning", "CONF-1", "motia.config.json")
    ]


@pytest.mark.parametrize(
    ("ending", "worker"),
    [("ts", "node"), ("mts", "node"), ("js", "node"), ("mjs", "node"), ("cjs", "node"), ("py", "python")],
)
def test_conf_2_code_needs_a_worker(tmp_path: Path, ending: str, worker: str) -> None:
    (tmp_path / f"motia.config.{ending}").write_text("")
    found = read_config_file(tmp_path, {})
    assert (found.values, found.needs_worker) == (None, worker)


def test_conf_3_toml_and_json_with_variables(tmp_path: Path) -> None:
    (tmp_path / "motia.config.json").write_text('{"redis": {"url": "redis://${HOST:-local}:${PORT}"}}')
    found = read_config_file(tmp_path, {"PORT": "6379"})
    assert found.values == {"redis": {"url": "redis://local:6379"}}


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("motia.config.toml", "port = 1\nhost = \n", 2),
        ("motia.config.json", '{\n  "port": 1,\n}', 3),
        ("motia.config.json", "[1]", None),
    ],
)
def test_conf_5_broken_files_name_file_and_line(tmp_path: Path, name: str, text: str, line: int | None) -> None:
    (tmp_path / name).write_text(text)
    (notice,) = read_config_file(tmp_path, {}).notices
    assert (notice.level, notice.rule, notice.file, notice.line) == ("error", "CONF-5", name, line)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("export default { port: 1 }", ()),
        ("export default { streamAuth: { authenticate }, middleware: { pre: [] } }", ("middleware", "streamAuth")),
        ("module.exports = { adapters: {} }", ("adapters",)),
    ],
)
def test_conf_6_keys_that_protect(tmp_path: Path, text: str, keys: tuple[str, ...]) -> None:
    (tmp_path / "motia.config.js").write_text(text)
    assert protecting_keys(tmp_path / "motia.config.js") == keys


# --- environments, keys, types ------------------------------------------------------------------------------------------


def test_conf_4_sections_are_merged_deeply() -> None:
    values = {
        "port": 1,
        "workbench": {"enabled": True, "base": "/w"},
        "include": ["a"],
        "development": {"workbench": {"port": 5}, "include": ["b"]},
        "production": {"port": 2},
    }
    config = good(values)
    assert (config.port, config.workbench, config.include) == (1, Workbench(enabled=True, port=5, base="/w"), ("b",))
    assert good(values, environment="production", command="start").port == 2


def test_conf_4_an_environment_of_the_authors_own() -> None:
    assert good({"staging": {"port": 7}}, environment="staging").port == 7


@pytest.mark.parametrize(
    ("values", "fix"),
    [
        ({"prot": 1}, 'Did you mean "port"?'),
        ({"workbench": {"enable": True}}, 'Did you mean "enabled"?'),
        ({"strict_emit": True}, 'Did you mean "strictEmits"?'),
        ({"queue": {"maxRetry": 1}}, 'Did you mean "maxRetries"?'),
        ({"xyzzy": "red"}, None),
    ],
)
def test_conf_5_unknown_keys(values: dict[str, Any], fix: str | None) -> None:
    (notice,) = read(values)[1]
    assert (notice.level, notice.rule, notice.file, notice.fix) == ("warning", "GEN-2", "motia.config.toml", fix)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"port": "http"}, ("CONF-20", "port")),
        ({"port": 70000}, ("CONF-20", "port")),
        ({"port": True}, ("CONF-20", "port")),
        ({"host": 1}, ("CONF-20", "host")),
        ({"workbench": 1}, ("CONF-21", "workbench")),
        ({"workbench": {"port": "x"}}, ("CONF-21", None)),
        ({"validation": "strict"}, ("CONF-26", "validation")),
        ({"strictEmits": 1}, ("CONF-26", "strictEmits")),
        ({"timezone": "Mars/X"}, ("CRON-4", "timezone")),
        ({"bodyLimit": "big"}, ("HTTP-5", "bodyLimit")),
        ({"requestTimeout": []}, ("HTTP-27", "requestTimeout")),
        ({"trustProxy": {}}, ("HTTP-13", "trustProxy")),
        ({"cors": "*"}, ("HTTP-29", "cors")),
        ({"cors": {"origins": "*", "credentials": True}}, ("HTTP-29", "cors.credentials")),
        ({"queue": {"maxRetries": -1}}, ("CFG-30", "queue.maxRetries")),
        ({"queue": {"maxDepth": 0}}, ("CONF-25", "queue.maxDepth")),
        ({"queue": {"maxDepth": "many"}}, ("CONF-25", "queue.maxDepth")),
        ({"workers": {"python": 0}}, ("CONF-27", "workers.python")),
        ({"middleware": {"pre": "auth"}}, ("MW-7", "middleware.pre")),
        ({"include": [1]}, ("PRJ-2", "include")),
    ],
)
def test_conf_5_wrong_types_name_the_key(values: dict[str, Any], error: tuple[str, str | None]) -> None:
    (notice,) = read(values)[1]
    assert notice.level == "error"
    assert notice.file == "motia.config.toml"
    if error[1] is not None:
        assert (notice.rule, notice.field) == error


@pytest.mark.parametrize(("value", "port"), [(4000, 4000), ("4000", 4000), (None, 3000), (0, 0)])
def test_conf_20_port(value: Any, port: int) -> None:
    assert good({"port": value}).port == port


@pytest.mark.parametrize(
    ("command", "values", "variables", "port"),
    [
        ("dev", {}, {"PORT": "9"}, 3000),
        ("start", {}, {"PORT": "9"}, 9),
        ("run", {}, {"PORT": "9"}, 9),
        ("start", {"port": 8}, {"PORT": "9"}, 8),
        ("start", {"port": 8}, {"PORT": "9", "MOTIA_PORT": "7"}, 7),
        ("dev", {"port": 8}, {"MOTIA_PORT": ""}, 8),
    ],
)
def test_env_4_port(command: str, values: dict[str, Any], variables: dict[str, str], port: int) -> None:
    assert good(values, command=command, **variables).port == port


@pytest.mark.parametrize(
    ("values", "in_container", "variables", "host"),
    [
        ({}, False, {}, "127.0.0.1"),
        ({}, True, {}, "0.0.0.0"),
        ({}, False, {"FLY_APP_NAME": "x"}, "0.0.0.0"),
        ({}, False, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "0.0.0.0"),
        ({"host": "::1"}, True, {}, "::1"),
        ({"host": "::1"}, True, {"MOTIA_HOST": "10.1.1.1"}, "10.1.1.1"),
    ],
)
def test_env_6_host(values: dict[str, Any], variables: dict[str, str], host: str, *, in_container: bool) -> None:
    assert good(values, in_container=in_container, **variables).host == host


def test_env_6_container_marks(tmp_path: Path) -> None:
    assert not runs_in_container(tmp_path)
    (tmp_path / ".dockerenv").touch()
    assert runs_in_container(tmp_path)


@pytest.mark.parametrize(
    ("command", "value", "expected"),
    [
        ("dev", None, Workbench(enabled=True)),
        ("start", None, Workbench(enabled=False)),
        ("start", True, Workbench(enabled=True)),
        ("dev", False, Workbench(enabled=False)),
        ("dev", {"port": "3001"}, Workbench(enabled=True, port=3001)),
        ("start", {"enabled": True, "base": "wb"}, Workbench(enabled=True, base="/wb")),
    ],
)
def test_conf_21_workbench(command: str, value: Any, expected: Workbench) -> None:
    assert good({"workbench": value}, command=command).workbench == expected


def test_env_3_workbench_variables() -> None:
    config = good({"workbench": {"enabled": True, "base": "/x"}}, MOTIA_WORKBENCH_BASE="/y")
    assert config.workbench == Workbench(enabled=True, base="/y")
    assert not good({"workbench": True}, MOTIA_DOCKER_DISABLE_WORKBENCH="true").workbench.enabled
    assert not good(MOTIA_DOCKER_DISABLE_WORKBENCH="1").workbench.enabled


@pytest.mark.parametrize(("level", "expected"), [("DEBUG", "debug"), ("warning", "warn"), ("", "info")])
def test_log_3_level(level: str, expected: str) -> None:
    assert good(LOG_LEVEL=level).log_level == expected
    assert wrong({}, LOG_LEVEL="loud") == [("warning", "LOG-3", "LOG_LEVEL")]


def test_conf_25_26_27_values() -> None:
    config = good(
        {
            "queue": {"maxRetries": 1, "backoff": "fixed", "concurrency": 2, "adapter": "memory", "max_depth": 500},
            "validation": "warn",
            "strictEmits": True,
            "strictTriggers": False,
            "strict_streams": True,
            "timezone": "Europe/Berlin",
            "errorStep": "on-error",
            "include": "jobs/*.py",
            "exclude": ["old"],
            "bodyLimit": "1mb",
            "uploadLimit": 5,
            "payloadLimit": "2 KiB",
            "requestTimeout": "30s",
            "maxHops": 3,
            "trustProxy": "10.0.0.1, 10.0.0.2",
            "traces": {"maxAge": "1d", "maxBytes": "1gb"},
            "interpreters": {"python": ".venv/bin/python"},
            "workers": {"node": 2},
            "middleware": {"pre": [FUNCTION]},
            "streamAuth": {"authenticate": FUNCTION},
            "otel": {"endpoint": "x"},
            "plugins": [{"$motia": "function", "name": "motia.plugin"}, {"workbench": []}],
        }
    )
    assert config.steps.queue == {"max_attempts": 2, "backoff": "fixed"}
    assert config.queue_depth == 500
    assert (config.steps.concurrency, config.steps.validation, config.steps.strict_emits) == (2, "warn", True)
    assert (config.steps.timezone, config.error_step) == ("Europe/Berlin", "on-error")
    assert (config.strict_triggers, config.strict_streams) == (False, True)
    assert (config.include, config.exclude) == (("jobs/*.py",), ("old",))
    assert config.limits == Limits(1 << 20, 5, 2048, 30_000, 3)
    assert config.trust_proxy == ("10.0.0.1", "10.0.0.2")
    assert (config.traces.max_age_ms, config.traces.max_bytes) == (86_400_000, 1 << 30)
    assert (config.interpreters, config.workers) == ({"python": ".venv/bin/python"}, {"node": 2})
    assert config.hooks == {"middleware.pre", "streamAuth"}
    assert config.otel == {"endpoint": "x"}
    assert config.adapters.events == Adapter("memory://", "queue.adapter")


def test_plug_ins_that_are_not_loaded_are_named() -> None:
    """Those of the original are known by the name of what stands for them."""
    built_in = {"$motia": "function", "name": "motia.plugin"}
    foreign = {"$motia": "function", "name": "plugins.1"}
    _, notices = read({"plugins": [built_in, foreign, None, {"workbench": [{"packageName": "x"}]}]})
    assert [(notice.level, notice.rule, notice.message.partition(" is not loaded")[0]) for notice in notices] == [
        ("warning", "CONF-10", f"plugins[{index}]") for index in (1, 2, 3)
    ]
    assert "routes, Steps and Workbench panels are missing" in notices[0].message


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, Cors(origins=("*",))),
        (False, Cors()),
        (
            {"origins": ["https://a.example"], "methods": ["GET"], "credentials": True, "maxAge": 60},
            Cors(("https://a.example",), ("GET",), None, credentials=True, max_age_s=60),
        ),
    ],
)
def test_http_29_cors(value: Any, expected: Cors | None) -> None:
    assert good({"cors": value}).cors == expected


# --- adapters -----------------------------------------------------------------------------------------------------------


def test_conf_7_embedded_by_default() -> None:
    assert urls() == [None, None, None, None]
    assert good().adapters.broadcast is None


def test_conf_7_order() -> None:
    values = {
        "adapters": {"state": "memory"},
        "state": "redis://section",
        "streams": {"adapter": "redis", "redis": {"url": "redis://streams"}},
        "database": "postgres://db/x",
        "redis": "redis://r",
    }
    assert urls(values) == ["memory://", "redis://streams", "postgresql://db/x", "postgresql://db/x"]


def test_conf_7_database_and_redis_together() -> None:
    config = good({"database": {"url": "sqlite://./motia-dev.db"}, "redis": {"url": "redis://cache:6379"}})
    assert config.adapters.state == Adapter("sqlite:///project/motia-dev.db", "database")
    assert config.adapters.broadcast == Adapter("redis://cache:6379", "redis")


def test_conf_7_redis_alone_carries_everything() -> None:
    assert urls({"redis": "redis://r"}) == ["redis://r"] * 4


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite://./file.db", "sqlite:///project/file.db"),
        ("sqlite://file.db", "sqlite:///project/file.db"),
        ("sqlite:///abs/file.db", "sqlite:///abs/file.db"),
        ("postgres://u:p@h/db", "postgresql://u:p@h/db"),
        ("redis://h:1", "redis://h:1"),
        ("rediss://h:1", "rediss://h:1"),
        ("nats://h", "nats://h"),
        ("amqp://h", "amqp://h"),
        ("memory", "memory://"),
        ("default", None),
        ("file", None),
    ],
)
def test_conf_8_urls(url: str, expected: str | None) -> None:
    assert urls({"state": url})[0] == expected


def test_conf_8_unknown_schemes_are_errors_without_password() -> None:
    (notice,) = read({"state": "mongodb://user:secret@h/db"})[1]
    assert (notice.level, notice.rule, notice.field) == ("error", "CONF-8", "state")
    assert "secret" not in str(notice)


@pytest.mark.parametrize(
    ("url", "shown"),
    [("redis://:pw@h:1/0", "redis://:***@h:1/0"), ("redis://h", "redis://h"), ("amqp://u:p@q@h", "amqp://u:***@h")],
)
def test_without_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ({"adapter": "redis"}, "redis://localhost:6379"),
        ({"adapter": "redis", "redis": {}}, "redis://localhost:6379"),
        ({"adapter": "postgres"}, "postgresql://localhost:5432"),
        ({"adapter": "nats"}, "nats://localhost:4222"),
        ({"adapter": "rabbitmq"}, "amqp://localhost:5672"),
        ({"adapter": "memory"}, "memory://"),
        ({"adapter": "sqlite"}, None),
        ({"adapter": "sqlite", "sqlite": {"path": "data.db"}}, "sqlite:///project/data.db"),
        ({"adapter": "redis", "redis": {"host": "h", "port": 1, "db": 2}}, "redis://h:1/2"),
        ({"url": "redis://h"}, "redis://h"),
    ],
)
def test_conf_8_22_an_undefined_url_is_the_local_default(value: Any, url: str | None) -> None:
    assert urls({"state": value})[0] == url


def test_conf_8_a_named_engine_uses_the_address_given_elsewhere() -> None:
    assert urls({"state": {"adapter": "redis"}, "redis": {"host": "cache"}})[0] == "redis://cache:6379"


def test_conf_8_plain_variables_count_only_when_asked_for() -> None:
    variables = {"DATABASE_URL": "postgres://app/own", "REDIS_URL": "redis://own"}
    assert urls(**variables) == [None] * 4
    for chosen in (good({"adapters": "env"}, **variables), good(MOTIA_ADAPTERS="env", **variables)):
        assert chosen.adapters.state == Adapter("postgresql://app/own", "DATABASE_URL")
        assert chosen.adapters.broadcast == Adapter("redis://own", "REDIS_URL")


@pytest.mark.parametrize(
    ("recorded", "url", "options"),
    [
        (("RedisStateAdapter", {"socket": {"host": "h", "port": 1}}), "redis://h:1", {}),
        (
            ("RedisStateAdapter", {"url": "redis://x", "keyPrefix": "p:", "ttl": 5}),
            "redis://x",
            {"keyPrefix": "p:", "ttl": 5},
        ),
        (("RedisStreamAdapterManager", {}), "redis://localhost:6379", {}),
        (("BullMQEventAdapter", {"connection": {"host": "q", "password": "p w"}}), "redis://:p%20w@q:6379", {}),
        (("RabbitMQEventAdapter", {"url": "amqp://r"}), "amqp://r", {}),
        (("MemoryStateAdapter", {}), "memory://", {}),
        (("FileStateAdapter", {}), None, {}),
    ],
)
def test_conf_9_adapter_objects(recorded: tuple[str, dict[str, Any]], url: str | None, options: dict[str, Any]) -> None:
    marker = {"$motia": "adapter", "name": recorded[0], "options": recorded[1]}
    assert good({"adapters": {"state": marker}}).adapters.state == Adapter(url, "adapters.state", options)


@pytest.mark.parametrize("marker", [{"$motia": "adapter", "name": "MyAdapter"}, {"$motia": "function", "name": "f"}])
def test_conf_9_adapters_of_ones_own_are_refused(marker: dict[str, Any]) -> None:
    assert wrong({"adapters": {"state": marker}}) == [("error", "CONF-9", "adapters.state")]


@pytest.mark.parametrize(
    ("redis", "url"),
    [
        ({"url": "redis://x"}, "redis://x"),
        ({}, "redis://localhost:6379"),
        ({"host": "h", "username": "u", "password": "p@"}, "redis://u:p%40@h:6379"),
        ({"useMemoryServer": True}, None),
    ],
)
def test_conf_24_redis(redis: dict[str, Any], url: str | None) -> None:
    assert urls({"redis": redis}) == [url] * 4


def test_conf_24_a_database_without_url_names_no_engine() -> None:
    assert urls({"database": {}}) == [None] * 4


def test_env_2_our_variables_beat_the_file() -> None:
    assert urls({"redis": "redis://file"}, MOTIA_REDIS_URL="redis://variable")[0] == "redis://variable"
    assert urls({"database": "sqlite://x"}, MOTIA_DATABASE_URL="postgres://v")[0] == "postgresql://v"
    assert urls(MOTIA_AMQP_URL="amqp://v") == [None, None, "amqp://v", None]
    assert urls(MOTIA_NATS_URL="nats://v")[2] == "nats://v"


def test_env_3_redis_in_parts() -> None:
    variables = {"MOTIA_REDIS_HOST": "h", "MOTIA_REDIS_PORT": "7", "MOTIA_REDIS_PASSWORD": "s", "MOTIA_REDIS_DB": "3"}
    assert urls({"redis": {"useMemoryServer": True}}, **variables)[0] == "redis://:s@h:7/3"
    assert urls({"redis": {"useMemoryServer": True}}, MOTIA_DISABLE_MEMORY_SERVER="true")[0] == "redis://localhost:6379"
