"""What one start command starts, as far as its words tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Launch:
    """One program that a start command runs.

    `server` is one of uvicorn, gunicorn, hypercorn, daphne, uwsgi, granian, waitress, celery, dramatiq, arq, rq,
    python, flask, django-runserver, fastapi, node, npm, other. `module` and `attribute` are the import target,
    `script` the file (or npm script) that is run, `task` the subcommand (`worker`, `migrate`). `production_ready` is
    False for a development server, True for a server made for production, None where the words do not tell. `through`
    names the wrappers that were peeled off, `conditional` says that the command stands inside an `if`, a `case`, a loop
    or after `||`. `environment` is what the command line itself sets.
    """

    server: str
    module: str = ""
    attribute: str = ""
    script: str = ""
    task: str = ""
    reload: bool = False
    debug: bool = False
    workers: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    production_ready: bool | None = None
    raw_flags: tuple[str, ...] = ()
    program: str = ""
    through: tuple[str, ...] = ()
    conditional: bool = False
