"""Names of the original's engine. They can be imported; calling one says what to use instead."""

from typing import Any, NoReturn


class EngineInternal:
    """Stands for an engine internal of the original framework.

    Args:
        name: its name.
        instead: what to use, as the end of the sentence.
    """

    def __init__(self, name: str, instead: str) -> None:
        self.__name__ = name
        self._message = f"'{name}' belongs to the engine of the original framework; {instead}"

    def __call__(self, *_args: Any, **_named: Any) -> NoReturn:
        """Raises NotImplementedError, always."""
        raise NotImplementedError(self._message)


_START = "there is nothing to start: 'motia dev' and 'motia start' run the project"
_CALLS = "use the context of a handler, or state_manager, emit, trigger and Stream from 'motia'"
_ROUTE = "give a Step an http trigger: @api(method=…, path=…)"

Motia = EngineInternal("Motia", _START)
init_iii = EngineInternal("init_iii", _START)
initIII = EngineInternal("initIII", _START)  # noqa: N816 - the name to stand for
get_instance = EngineInternal("get_instance", _CALLS)
getInstance = EngineInternal("getInstance", _CALLS)  # noqa: N816
setup_step_endpoint = EngineInternal("setup_step_endpoint", _ROUTE)
setupStepEndpoint = EngineInternal("setupStepEndpoint", _ROUTE)  # noqa: N816
