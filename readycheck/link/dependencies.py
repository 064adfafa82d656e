"""Whether a dependency of FastAPI asks who is calling: by its name, or by what it depends on itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readycheck.facts.lazily import lazy
from readycheck.facts.python import Function, Parameter
from readycheck.facts.values import Call, Const, Items, Name, Value
from readycheck.link.project import Project
from readycheck.link.route_shapes import names_authentication

_MARKERS = frozenset({"Depends", "Security"})
_IN_TEXT = lazy(r"\b(?:Depends|Security)\(\s*([\w.]{1,100})")
_SCHEMES = lazy(r"(?:HTTPBearer|HTTPBasic|HTTPDigest|OAuth2\w*|APIKey(?:Header|Cookie|Query)|OpenIdConnect)$")
_CREDENTIAL = lazy(r"authori[sz]ation|api_?key|token|session|cookie|auth", re.I)
# What looks at a header or cookie for another reason.
_OTHER = lazy(r"csrf|xsrf|captcha|limit", re.I)
MAX_DEPTH = 4


def protecting(project: Project, value: Value, path: str) -> str:
    """The name of the dependency in a value (`Depends(x)`, a list, an alias) that authenticates, "" if none does."""
    for name in _depended(project, value, path):
        if authenticates(project, name, path):
            return name.rpartition(".")[2]
    return ""


def protecting_parameter(project: Project, function: Function, path: str) -> Parameter | None:
    """The parameter of a handler that brings in authentication."""
    for parameter in function.parameters:
        if parameter.default is not None and protecting(project, parameter.default, path):
            return parameter
        if _annotation_protects(project, parameter.annotation, path):
            return parameter
    return None


def _annotation_protects(project: Project, annotation: str, path: str) -> bool:
    for name in _IN_TEXT.findall(annotation):
        if authenticates(project, _imported(project, name, path), path):
            return True
    alias = annotation.partition("|")[0].strip()
    if not re.fullmatch(r"[\w.]{1,100}", alias) or "None" in annotation:
        return False
    for found in project.resolver.possible(Name(_imported(project, alias, path)), path):
        if isinstance(found.value, Call) and found.value.name == "typing.Annotated":
            return any(protecting(project, a.value, path) for a in found.value.args)
    return False


def _imported(project: Project, name: str, path: str) -> str:
    head, _, rest = name.partition(".")
    for statement in project.python[path].imports if path in project.python else ():
        if statement.local == head:
            return ".".join(p for p in (statement.target, rest) if p)
    return name


def _depended(project: Project, value: Value, path: str) -> Iterator[str]:
    match value:
        case Items(items=items):
            for item in items:
                yield from _depended(project, item, path)
        case Call(name=name, args=args) if name.rpartition(".")[2] in _MARKERS:
            inner = args[0].value if args else None
            dotted = getattr(inner, "dotted", "") or getattr(inner, "name", "")
            if dotted:
                yield dotted
        case Name():
            for found in project.resolver.possible(value, path):
                if isinstance(found.value, Items | Call):
                    yield from _depended(project, found.value, path)


def authenticates(project: Project, name: str, path: str, depth: int = 0) -> bool:
    """Whether a function, class or object that is depended on asks who is calling."""
    if names_authentication(name):
        return not _tolerant(project, name, path)
    if depth > MAX_DEPTH or _OTHER.search(name.rpartition(".")[2]):
        return False
    found = project.resolver.find_function(name, path)
    if found is not None:
        return _asks(project, found[1], found[0], depth)
    cls = project.resolver.find_class(name, path)
    if cls is not None:
        own = [
            f for f in project.python[cls[0]].functions if f.scope == cls[1].name and f.name in {"__call__", "__init__"}
        ]
        return any(_asks(project, f, cls[0], depth) for f in own)
    return _is_scheme(project, name, path)


def _asks(project: Project, function: Function, path: str, depth: int) -> bool:
    for parameter in function.parameters:
        names = [_imported(project, n, path) for n in _IN_TEXT.findall(parameter.annotation)]
        if parameter.default is not None:
            names += _depended(project, parameter.default, path)
        if any(authenticates(project, n, path, depth + 1) for n in names):
            return True
        source = getattr(parameter.default, "name", "").rpartition(".")[2]
        if source in {"Header", "Cookie"} and _CREDENTIAL.search(parameter.name):
            return True
    return False


def _is_scheme(project: Project, name: str, path: str) -> bool:
    for found in project.resolver.possible(Name(name), path):
        if isinstance(found.value, Call) and _SCHEMES.search(found.value.name):
            return _strict(found.value)
    return bool(_SCHEMES.search(name))


def _tolerant(project: Project, name: str, path: str) -> bool:
    """A scheme that lets in requests without credentials: `HTTPBearer(auto_error=False)`."""
    for found in project.resolver.possible(Name(name), path):
        if isinstance(found.value, Call) and _SCHEMES.search(found.value.name):
            return not _strict(found.value)
    return False


def _strict(scheme: Call) -> bool:
    given = scheme.argument("auto_error")
    return given is None or given.value != Const(False)
