"""Every route of a project in one shape, whichever framework serves it."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.link.django_routes import CALLS as DJANGO_CALLS
from readycheck.link.django_routes import django_routes
from readycheck.link.javascript_routes import CALLS as JAVASCRIPT_CALLS
from readycheck.link.javascript_routes import javascript_routes
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.python_routes import python_routes
from readycheck.link.route_shapes import Route

# Last segments of call names that extraction must record for this module.
CALLS = (
    DJANGO_CALLS | JAVASCRIPT_CALLS | {"HTTPBearer", "OAuth2PasswordBearer", "APIKeyHeader", "HTTPException", "abort"}
)


@once
def routes(project: Project) -> Iterator[Route]:
    """All routes of production code."""
    yield from python_routes(project)
    yield from django_routes(project)
    yield from javascript_routes(project)
