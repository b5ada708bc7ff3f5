"""config.yaml of 1.0-RC (CONF-11)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from motia.project.configuration import read_config
from motia.project.rc_config import over, read_rc_config

EARLY = """
modules:
  - class: modules::api::RestApiModule
    config:
      port: ${PORT:3111}
      host: ${HOST:0.0.0.0}
      default_timeout: 30000
      concurrency_request_limit: 1024
      cors: {allowed_origins: ['http://localhost:3000'], allowed_methods: [GET, POST]}
  - class: modules::queue::QueueModule
    config: {adapter: {class: 'modules::queue::adapters::RabbitMQAdapter', config: {amqp_url: 'amqp://rabbit'}}}
  - class: modules::state::StateModule
    config: {adapter: {class: 'modules::state::adapters::KvStore', config: {store_method: file_based}}}
  - class: modules::cron::CronModule
    config: {adapter: {class: 'modules::cron::RedisCronAdapter', config: {redis_url: '${REDIS_URL:redis://r}'}}}
  - class: modules::observability::OtelModule
    config: {enabled: true}
"""
LATER = """
workers:
  - name: iii-http
    config: {port: 4000}
  - name: iii-stream
    config: {port: 3112, adapter: {name: redis}}
  - name: iii-exec
    config: {exec: ['bun run dev']}
"""


def read(tmp_path: Path, text: str, name: str = "config.yaml", **variables: str) -> tuple[dict[str, Any], list[str]]:
    (tmp_path / name).write_text(text)
    values, notices = read_rc_config(tmp_path, variables)
    return values, [str(notice) for notice in notices]


def test_conf_11_modules(tmp_path: Path) -> None:
    values, notices = read(tmp_path, EARLY, HOST="::1")
    assert values == {
        "port": 3111,
        "host": "::1",
        "requestTimeout": 30000,
        "cors": {"origins": ["http://localhost:3000"], "methods": ["GET", "POST"]},
        "adapters": {"events": "amqp://rabbit", "cron": "redis://r"},
    }
    assert len(notices) == 1
    assert "modules::api::RestApiModule.concurrency_request_limit, modules::observability::OtelModule" in notices[0]


def test_conf_11_workers_of_the_later_file(tmp_path: Path) -> None:
    values, notices = read(tmp_path, LATER, "iii-config.yaml")
    assert values == {"port": 4000, "adapters": {"streams": "redis://localhost:6379"}}
    assert "iii-stream.port, iii-exec" in notices[0]


def test_conf_11_values_become_the_projects(tmp_path: Path) -> None:
    values, _ = read(tmp_path, EARLY, PORT="3222")
    config, notices = read_config(values, environment="production", command="start", variables={})
    assert notices == ()
    assert (config.port, config.host, config.limits.request_timeout_ms) == (3222, "0.0.0.0", 30_000)
    assert config.cors is not None
    assert config.cors.origins == ("http://localhost:3000",)
    assert config.adapters.events.url == "amqp://rabbit"


def test_conf_11_motia_config_counts_more(tmp_path: Path) -> None:
    below, _ = read(tmp_path, EARLY)
    merged = over(below, {"port": 5000, "cors": {"origins": "*"}, "events": "default", "adapters": {"state": "memory"}})
    assert merged["port"] == 5000
    assert merged["host"] == "0.0.0.0"
    assert merged["cors"] == {"origins": "*", "methods": ["GET", "POST"]}
    assert merged["adapters"] == {"state": "memory", "cron": "redis://r"}
    assert over(below, {"database": "sqlite://./x.db"})["adapters"] == {}


@pytest.mark.parametrize("text", ["", "a: 1", "[1, 2]", "modules: none", "modules: [{name: x}]"])
def test_conf_11_other_yaml_is_the_authors_own(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == ({}, [])


def test_conf_11_broken_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    _, [said] = read(tmp_path, "modules:\n  - class: [\n")
    assert said.startswith("config.yaml:3: the config is broken")


def test_conf_11_nothing_is_constructed(tmp_path: Path) -> None:
    _, [said] = read(tmp_path, "modules: [{class: !!python/object/apply:os.system [exit]}]\n")
    assert "config.yaml" in said


def test_no_file(tmp_path: Path) -> None:
    assert read_rc_config(tmp_path, {}) == ({}, [])
