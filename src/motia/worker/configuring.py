"""Loading the project's config file."""

from dataclasses import dataclass
from typing import Any

from motia.worker.authentication import Authentication, authentication_of
from motia.worker.config_places import line_of
from motia.worker.environment import environment_name
from motia.worker.hooks import RequestHook
from motia.worker.importing import watched
from motia.worker.loading import load_error, load_module
from motia.worker.project_config import OptionsWriter, read_options, request_hooks, sections_of
from motia.worker.sources import Project


@dataclass(frozen=True)
class Configured:
    """What became of a config file.

    Args:
        answer: the `config` frame.
        hook: what it puts before requests; `None` after a failure, so that no request passes by what could not be loaded.
        authentication: what decides who is connecting; `None` after a failure and without a function for it.
    """

    answer: dict[str, Any]
    hook: RequestHook | None
    authentication: Authentication | None


async def load_config(project: Project, file: str) -> Configured:
    """Runs the config file and reads what it sets. Never raises."""
    path = project.root.joinpath(*file.split("/"))
    environment = environment_name()
    answer: dict[str, Any] = {"t": "config", "file": file, "values": {}}
    hook = authentication = None
    writer = OptionsWriter()
    try:
        with watched(project):
            options = await read_options(load_module(project, path), environment)
        functions = request_hooks(options, environment)
        answer["values"] = writer.write(options)
        authentication = authentication_of(sections_of(options, environment))
        hook = RequestHook(file, functions)
    except BaseException as error:  # noqa: BLE001 - sys.exit() in a file is a failing file
        line = line_of(path, writer.at) if writer.at else None
        place = {} if line is None else {"line": line}
        answer["error"] = {"file": file, **place, **load_error(project, error)}
    answer["imports"] = project.needed_by(str(path))
    return Configured(answer, hook, authentication if hook is not None else None)
