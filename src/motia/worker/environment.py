"""Which of a project's environments this is."""

import os

PRODUCTION = "production"


def environment_name() -> str:
    """`development`, `production`, `test` or a name of the author's own, as the core decided it for its workers."""
    return os.environ.get("MOTIA_ENV") or os.environ.get("NODE_ENV") or "development"
