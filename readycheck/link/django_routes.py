"""The routes of Django and Django REST framework, and what asks who is calling."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.python import Class, Function, PythonCall
from readycheck.facts.values import Call, Const, Items, Name, Table, Value
from readycheck.link.project import Project
from readycheck.link.route_shapes import OPEN, PROTECTED, UNKNOWN, Route, joined, names_authentication
from readycheck.link.wiring import in_production
from readycheck.model import Location

# Last segments of call names that extraction must record for this module.
CALLS = frozenset({"path", "re_path", "url"})
_CALLS = frozenset({"django.urls.path", "django.urls.re_path", "django.conf.urls.url", "django.urls.url"})
_GUARDED_BASES = (
    "LoginRequired",
    "PermissionRequired",
    "UserPassesTest",
    "StaffRequired",
    "SuperuserRequired",
    "AccessMixin",
    "AdminRequired",
    "AuthRequired",
)
_ADMIN_SITE = "django.contrib.admin.site.urls"
MAX_DEPTH = 6


def django_routes(project: Project) -> Iterator[Route]:
    """Every view that a URL configuration of production code names."""
    for path, facts in project.python.items():
        if not in_production(project, path):
            continue
        for call in facts.calls:
            view = call.call.argument("view", 1)
            if call.call.name in _CALLS and view is not None:
                route = _route(project, path, call, view.value)
                if route is not None:
                    yield route


def _route(project: Project, path: str, call: PythonCall, view: Value) -> Route | None:
    first = call.call.args[0].value
    text = str(first.value).strip("^$") if isinstance(first, Const) else ""
    here = Location(path, call.line, call.column)
    inner, wrapped = _unwrapped(view)
    if inner == _ADMIN_SITE:
        reason, by = "the login of Django's own admin site", project.connection(path)
        return Route(joined(text), frozenset(), here, "django", "", PROTECTED, reason, here, None, by)
    if not inner or inner.startswith(("django.contrib.", "django.views.", "django.conf.")) or ".site." in inner:
        return None
    state, reason, at = (
        (PROTECTED, wrapped, here) if wrapped and names_authentication(wrapped) else _guard(project, inner, path, here)
    )
    if not state:
        return None
    return Route(
        joined(text),
        frozenset(),
        here,
        "django",
        inner.rpartition(".")[2],
        state,
        reason,
        at,
        None,
        project.connection(path),
    )


def _unwrapped(view: Value) -> tuple[str, str]:
    """The view's own name, and the name of what is wrapped around it: `login_required(View.as_view())`."""
    wrapped = ""
    for _ in range(4):
        match view:
            case Name(dotted=dotted):
                return dotted, wrapped
            case Call(name=name) if name.endswith(".as_view"):
                return name.removesuffix(".as_view"), wrapped
            case Call(name=name, args=args) if args:
                wrapped = name if not wrapped or names_authentication(name) else wrapped
                view = args[0].value
            case Call(receiver=receiver) if receiver is not None:
                view = receiver
            case _:
                return "", wrapped
    return "", wrapped


def _guard(project: Project, name: str, path: str, here: Location) -> tuple[str, str, Location]:
    cls = project.resolver.find_class(name, path)
    if cls is not None:
        return _of_class(project, cls[0], cls[1], 0)
    function = project.resolver.find_function(name, path)
    if function is not None:
        return _of_function(project, function[0], function[1])
    return "", "", here


def _of_function(project: Project, path: str, function: Function) -> tuple[str, str, Location]:
    for decorator, line in zip(function.decorators, function.decorator_lines, strict=True):
        dotted = getattr(decorator, "name", "") or getattr(decorator, "dotted", "")
        inner = [a.value for a in getattr(decorator, "args", ())]
        names = [
            dotted,
            *(getattr(v, "dotted", "") for i in inner for v in (i.items if isinstance(i, Items) else (i,))),
        ]
        if any(
            n and (names_authentication(n) or n.endswith("user_passes_test")) for n in names
        ) and "AllowAny" not in "".join(names):
            return PROTECTED, dotted.rpartition(".")[2], Location(path, line)
    here = Location(path, function.line)
    # A view is given the request, and many ask it themselves: request.user.is_staff.
    return UNKNOWN, f"{function.name} is given the request and may look at who is calling", here


def _of_class(project: Project, path: str, cls: Class, depth: int) -> tuple[str, str, Location]:
    here = Location(path, cls.line)
    facts = project.python[path]
    for binding in facts.bindings:
        if binding.scope == cls.name and binding.name == "permission_classes" and isinstance(binding.value, Items):
            names = [getattr(v, "dotted", "") or getattr(v, "name", "") for v in binding.value.items]
            allowed = not names or all(n.endswith("AllowAny") for n in names)
            return (
                (OPEN, "AllowAny", Location(path, binding.line))
                if allowed
                else (PROTECTED, names[0].rpartition(".")[2], Location(path, binding.line))
            )
    for base in cls.bases:
        if any(word in base for word in _GUARDED_BASES) or (
            base.endswith("Mixin") and names_authentication(base.removesuffix("Mixin"))
        ):
            return PROTECTED, base.rpartition(".")[2], here
    for base in cls.bases if depth < MAX_DEPTH else ():
        parent = project.resolver.find_class(base, path)
        if parent is not None:
            state, reason, at = _of_class(project, *parent, depth + 1)
            if state is not UNKNOWN:
                return state, reason, at
    if any(base.startswith("rest_framework.") for base in cls.bases):
        return _default_permission(project, here)
    return UNKNOWN, f"{cls.name} may look at who is calling in its methods", here


def _default_permission(project: Project, here: Location) -> tuple[str, str, Location]:
    """What Django REST framework asks of views that say nothing themselves: nothing, unless the settings do."""
    for path, facts in project.python.items():
        for binding in facts.bindings:
            if binding.name == "REST_FRAMEWORK" and isinstance(binding.value, Table) and in_production(project, path):
                given = binding.value.get("DEFAULT_PERMISSION_CLASSES")
                texts = [str(getattr(i, "value", "")) for i in given.items] if isinstance(given, Items) else []
                if texts and not any(t.endswith("AllowAny") for t in texts):
                    return PROTECTED, texts[0].rpartition(".")[2], Location(path, binding.line)
    return OPEN, "", here
