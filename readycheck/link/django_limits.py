"""Rate limits of Django: throttling of its REST framework, django-ratelimit, django-axes and django-defender."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.values import Items, Table
from readycheck.link.limit_shapes import MEMORY, SHARED, UNKNOWN, Limit
from readycheck.link.project import Project
from readycheck.model import Location


def django_limits(project: Project) -> Iterator[Limit]:
    """Every limiter that settings, views and middleware name."""
    for path, facts in project.python.items():
        settings = next((b for b in facts.bindings if b.name == "REST_FRAMEWORK" and not b.scope), None)
        table = settings.value if settings is not None else None
        classes = table.get("DEFAULT_THROTTLE_CLASSES") if isinstance(table, Table) else None
        if settings is not None and isinstance(classes, Items) and classes.items:
            yield _cached(project, "Django REST framework throttling", Location(path, settings.line))
        for binding in facts.bindings:
            if binding.name == "throttle_classes" and isinstance(binding.value, Items) and binding.value.items:
                yield _cached(project, "Django REST framework throttling", Location(path, binding.line))
        for function in facts.functions:
            for decorator, line in zip(function.decorators, function.decorator_lines, strict=True):
                if getattr(decorator, "name", "").startswith(
                    ("django_ratelimit.decorators.", "ratelimit.decorators.ratelimit")
                ):
                    yield _cached(project, "django-ratelimit", Location(path, line))
    for mount in project.mounts:
        if mount.cls in {"axes.middleware.AxesMiddleware", "defender.middleware.FailedLoginMiddleware"}:
            library = mount.cls.partition(".")[0]
            yield Limit(
                f"django-{library}", mount.location, mount.location, "failed sign-ins", "", SHARED, mount.location
            )


def _cached(project: Project, library: str, place: Location) -> Limit:
    """A limiter that counts in Django's default cache."""
    kind, where = MEMORY, place
    for path, facts in project.python.items():
        caches = next((b for b in facts.bindings if b.name == "CACHES" and not b.scope), None)
        default = caches.value.get("default") if caches is not None and isinstance(caches.value, Table) else None
        backend = default.get("BACKEND") if isinstance(default, Table) else None
        if caches is None or path.startswith("tests/"):
            continue
        where = Location(path, caches.line)
        text = str(getattr(backend, "value", ""))
        kind = MEMORY if "locmem" in text or "dummy" in text else SHARED if text else UNKNOWN
        if kind == SHARED:
            break
    return Limit(library, place, place, library, "", kind, where, (), project.connection(place.path))
