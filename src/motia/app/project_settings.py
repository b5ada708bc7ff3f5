"""What a project configures, read from its files and the environment, as the parts of a core need it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

from motia.app.code import CodeSettings
from motia.app.retention import KeepTraces
from motia.http.cors import CorsPolicy
from motia.http.edge import HttpSettings
from motia.model.errors import StartupFailed
from motia.pool.configuration import evaluate_config
from motia.pool.launch import (
    Launch,
    node_launch,
    node_runtime_folder,
    python_launch,
    ruby_launch,
    ruby_runtime_folder,
)
from motia.project import notice, rc_config
from motia.project.adapter_choice import PORTS, Adapter, without_password
from motia.project.config_file import protecting_keys, read_config_file
from motia.project.configuration import ProjectConfig, read_config
from motia.project.dialects import load_failure
from motia.project.environment import environment_name, read_env_files
from motia.project.interpreters import Interpreter, find_node, find_python, find_ruby
from motia.project.network_config import runs_in_container
from motia.project.notice import Notice

_EVALUATION_LIMIT_S: Final = 10.0

Command = Literal["dev", "start", "build"]


class ProjectSettings:
    """The settings of one project, made by `read`. `reload` reads them again; a broken file then leaves the last good ones."""

    def __init__(self, root: Path, command: Command, environment: str | None, folders: tuple[str, ...]) -> None:
        """All defaults until they are read."""
        self.root = root
        self.config = ProjectConfig()
        self.variables: Mapping[str, str] = {}
        self.notices: tuple[Notice, ...] = ()
        self._command = command
        self._flag = environment
        self._folders = folders
        self._hook: tuple[str, str] | None = None
        self._data_file: Path | None = None

    @classmethod
    async def read(
        cls, root: Path, command: Command, *, environment: str | None = None, folders: tuple[str, ...] = ()
    ) -> ProjectSettings:
        """The settings of the project at `root`. Raises `StartupFailed` with file, line and key of what is wrong."""
        settings = cls(root, command, environment, folders)
        await settings._read()
        return settings

    @property
    def hook_language(self) -> str | None:
        """The language of the config whose functions run before routing; None when it has none."""
        runs = {"middleware.pre", "app"} & self.config.hooks
        return self._hook[0] if self._hook is not None and runs else None

    @property
    def authenticator_language(self) -> str | None:
        """The language of the config whose function says who opens live connections; None when it has none."""
        runs = {"streamAuth", "authenticateStream"} & self.config.hooks
        return self._hook[0] if self._hook is not None and runs else None

    @property
    def admin_token(self) -> str | None:
        """The configured admin token, if any."""
        return self.variables.get("MOTIA_ADMIN_TOKEN") or None

    @property
    def data_file(self) -> Path | None:
        """The database that the config names for the embedded store; None leaves it in `.motia` (CONF-7, CONF-8)."""
        return self._data_file

    @property
    def cors(self) -> CorsPolicy | None:
        """The configured policy; None leaves it to the command (HTTP-29)."""
        cors = self.config.cors
        if cors is None:
            return None
        policy = CorsPolicy(cors.origins, cors.methods or (), cors.headers or (), cors.credentials)
        return policy if cors.max_age_s is None else dataclasses.replace(policy, max_age_s=cors.max_age_s)

    @property
    def http_limits(self) -> HttpSettings:
        """The limits of the HTTP edge."""
        limits = self.config.limits
        return HttpSettings(
            body_limit=limits.body_bytes,
            request_timeout_ms=limits.request_timeout_ms,
            trust_proxy=self.config.trust_proxy,
        )

    @property
    def retention(self) -> KeepTraces:
        """How long traces are kept."""
        return KeepTraces(age_ms=self.config.traces.max_age_ms, bytes=self.config.traces.max_bytes)

    def concerns(self, paths: set[str]) -> bool:
        """Whether a change of `paths` (relative to the root) may change these settings."""
        names = {PurePosixPath(path).name for path in paths}
        return any(name.startswith((".env", "motia.config.")) or name in rc_config.FILE_NAMES for name in names)

    async def reload(self) -> str | None:
        """Read again; None, or what is wrong, and then nothing changed."""
        try:
            await self._read()
        except StartupFailed as problem:
            return f"{problem}; the last good configuration stays in use"
        return None

    def code(self) -> CodeSettings:
        """How code is found and which interpreters run it."""
        launches, missing = self._launches()
        config = self.config
        runs = self.hook_language or self.authenticator_language
        hooks = {} if self._hook is None or runs is None else {self._hook[0]: self._hook[1]}
        return CodeSettings(
            launches,
            missing,
            config.include,
            config.exclude,
            self._folders,
            config.steps,
            notices=self.notices,
            hooks=hooks,
        )

    def _launches(self) -> tuple[dict[str, Launch], dict[str, str]]:
        """How the workers of each language are started, and why those of others cannot be."""
        launches: dict[str, Launch] = {}
        missing: dict[str, str] = {}
        chosen = self.config.interpreters
        python = find_python(self.root, self.variables, chosen.get("python"))
        node = find_node(self.root, self.variables, chosen.get("node"))
        runtime = node_runtime_folder()
        if python.path is None:
            missing["python"] = python.reason or ""
        else:
            launches["python"] = python_launch(python.path, self.root, self._worker_variables(python))
        if node.path is None:
            missing["node"] = node.reason or ""
        elif runtime is None:
            missing["node"] = "this installation lacks the built Node runtime; run 'make setup' in the checkout"
        else:
            launches["node"] = node_launch(node.path, runtime, self.root, self._worker_variables(node))
        ruby = find_ruby(self.root, self.variables, chosen.get("ruby"))
        gem = ruby_runtime_folder()
        if ruby.path is None or gem is None:
            missing["ruby"] = ruby.reason or "this installation lacks the Ruby runtime"
        else:
            launches["ruby"] = ruby_launch(ruby.path, gem, self.root, self._worker_variables(ruby))
        return launches, missing

    def _worker_variables(self, interpreter: Interpreter) -> Mapping[str, str]:
        """What workers see beyond the core's own environment: `.env` values, `NODE_ENV` and where packages are."""
        # MOTIA_ENV says which section of the config holds: a worker that chose another could leave a guard out.
        variables = {"NODE_ENV": self.config.environment, **self.variables, "MOTIA_ENV": self.config.environment}
        if interpreter.import_paths:
            before = [variables["PYTHONPATH"]] if variables.get("PYTHONPATH") else []
            variables["PYTHONPATH"] = os.pathsep.join([*interpreter.import_paths, *before])
        return variables

    async def _read(self) -> None:
        real = dict(os.environ)
        environment = environment_name(self._command, real, self._flag)
        variables = {**read_env_files(self.root, environment, real, Path.cwd()), **real}
        found = read_config_file(self.root, variables)
        values, notices, hook = found.values, [*found.notices], None
        if found.needs_worker is not None and found.path is not None:
            values, wrong = await self._evaluated(found.path, found.needs_worker, environment, variables)
            notices += wrong
            hook = (found.needs_worker, found.path)
        below, about = rc_config.read_rc_config(self.root, variables)
        notices += about
        _refuse(notices)
        config, said = read_config(
            rc_config.over(below, values or {}),
            environment=environment,
            command=self._command,
            variables=variables,
            file=found.path,
            root=self.root,
            in_container=runs_in_container(),
        )
        _refuse(said)
        _refuse_other_engines(config)
        self._data_file = _data_file(config)
        self.config, self.variables, self.notices = config, variables, (*notices, *said)
        self._hook = hook

    async def _evaluated(
        self, file: str, language: str, environment: str, variables: Mapping[str, str]
    ) -> tuple[Mapping[str, Any], list[Notice]]:
        """The values of a config in a programming language, evaluated by a worker of that language."""
        before = self.config, self.variables
        # Interpreters named in the config itself cannot help to read it.
        self.config, self.variables = ProjectConfig(environment=environment), variables
        try:
            launches, missing = self._launches()
        finally:
            self.config, self.variables = before
        if language not in launches:
            return {}, [_not_evaluated(self.root / file, missing[language])]
        cache = self.root / ".motia" / "cache"
        loaded = await evaluate_config(launches[language], file, cache=cache, limit_s=_EVALUATION_LIMIT_S)
        if loaded.problem is not None:
            return {}, [load_failure(file, dataclasses.asdict(loaded.problem), "CONF-5")]
        return loaded.values, []


def _refuse(notices: list[Notice] | tuple[Notice, ...]) -> None:
    wrong = notice.errors(notices)
    if wrong:
        raise StartupFailed("; ".join(str(each) for each in wrong))


def _not_evaluated(path: Path, reason: str) -> Notice:
    """A config that cannot be evaluated is refused where skipping it would open what it closes, else noted (CONF-6)."""
    keys = protecting_keys(path)
    fix = "Or write the same keys in motia.config.toml or motia.config.py."
    if keys:
        message = f"it sets {', '.join(keys)} but cannot be read: {reason}"
        return Notice("error", "CONF-6", message, path.name, fix=fix)
    return Notice("warning", "CONF-6", f"it cannot be read, defaults are used: {reason}", path.name, fix=fix)


def _data_file(config: ProjectConfig) -> Path | None:
    """The one file that the config names. State, events and ticks are stored together, so all must name the same."""
    named: dict[str, Adapter] = {}
    for port in PORTS:
        adapter: Adapter = getattr(config.adapters, port)
        path = (adapter.url or "").removeprefix("sqlite://")
        if path == ":memory:":
            raise StartupFailed(
                f"{adapter.origin} asks for a database in memory, which would lose accepted events; 'motia dev --test' keeps nothing"
            )
        if path:
            named[path] = adapter
    if len(named) > 1:
        (one, first), (other, second), *_ = named.items()
        raise StartupFailed(
            f"{first.origin} and {second.origin} name different files, {one} and {other}: the embedded store is one file for "
            "state, streams, events and cron. Name one in 'database.url'"
        )
    return Path(next(iter(named))) if named else None


def _refuse_other_engines(config: ProjectConfig) -> None:
    """Never run on another store than the one that was asked for."""
    for field in dataclasses.fields(config.adapters):
        adapter: Adapter | None = getattr(config.adapters, field.name)
        if adapter is not None and adapter.url is not None and not adapter.url.startswith("sqlite:"):
            raise StartupFailed(
                f"{adapter.origin} asks for {without_password(adapter.url)}, but this version has the embedded store only"
            )
