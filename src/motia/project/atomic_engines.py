"""Which engines can carry atomic Steps (CFG-49): those whose stores offer `AtomicCommits`, for state and events together."""

from __future__ import annotations

from typing import Final

from motia.project.adapter_choice import Adapter, Adapters, without_password

# By the scheme of their URL; each one's stores have `commits`, and a test compares the two.
COMMITTING: Final = frozenset({"sqlite", "memory"})
_EMBEDDED: Final = "sqlite"


def why_not_atomic(adapters: Adapters) -> str | None:
    """Why no Step can be atomic with these engines and what to change; None when Steps can."""
    state, events = adapters.state, adapters.events
    if state.url != events.url:
        return (
            f"state is on {_shown(state)} and events are on {_shown(events)}, which have no commit in common. "
            "Name one engine for both (adapters.state and adapters.events), or leave out atomic"
        )
    if _scheme(state) not in COMMITTING:
        return (
            f"state and events are on {_shown(state)}, which cannot commit them together. "
            "Leave out adapters.state and adapters.events to have both in the embedded file, or leave out atomic"
        )
    return None


def _scheme(adapter: Adapter) -> str:
    return _EMBEDDED if adapter.url is None else adapter.url.partition(":")[0]


def _shown(adapter: Adapter) -> str:
    return "the embedded file" if adapter.url is None else f"{without_password(adapter.url)} ({adapter.origin})"
