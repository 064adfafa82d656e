"""Attributes that code reads from settings objects of the project's own classes, and whether the classes have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.python import Class
from readycheck.facts.values import Call
from readycheck.link.project import Project
from readycheck.model import Location, Role, Step

_PYDANTIC = frozenset(
    "dict json copy construct parse_obj parse_raw schema schema_json validate fields fields_set update_forward_refs "
    "from_orm __fields__ __class__ __dict__ __name__ __doc__ __fields_set__ __pydantic_fields__ Config".split()
)
_PLAIN_BASES = frozenset(
    "object BaseModel pydantic.BaseModel abc.ABC ABC Protocol typing.Protocol typing.Generic".split()
)
MAX_BASES = 8


@dataclass(frozen=True, slots=True)
class SettingsRead:
    """One read of an attribute that the class does or does not have."""

    name: str
    cls: str
    exists: bool
    location: Location
    declared: Location


def settings_reads(project: Project) -> Iterator[SettingsRead]:
    """The reads of production code whose object is one instance of one class that is known as a whole."""
    assigned = {b.name.rpartition(".")[2] for f in project.python.values() for b in f.bindings if "." in b.name}
    known: dict[tuple[str, str], tuple[str, Class] | None] = {}
    members: dict[tuple[str, str], frozenset[str] | None] = {}
    for path, facts in project.python.items():
        if project.role(path) is not Role.PRODUCTION or (project.entries and path not in project.reached):
            continue
        for read in facts.setting_reads:
            owner, _, name = read.dotted.rpartition(".")
            if name.startswith(("model_", "_")) or name in _PYDANTIC or name in assigned or owner.startswith("self"):
                continue
            if (path, owner) not in known:
                known[path, owner] = _class_of(project, path, owner)
            found = known[path, owner]
            if found is None:
                continue
            key = (found[0], found[1].name)
            if key not in members:
                members[key] = _members(project, *found)
            names = members[key]
            if names is not None:
                declared = Location(found[0], found[1].line)
                yield SettingsRead(name, found[1].name, name in names, Location(path, read.line), declared)


def _class_of(project: Project, path: str, owner: str) -> tuple[str, Class] | None:
    """The class of the object a dotted name stands for, when it is bound once, to one call of that class."""
    declared = project.resolver.declared
    for module, rest in declared.targets(owner, path):
        if (module == path and declared.is_imported(owner, path)) or "." in rest:
            continue
        bound = declared.bindings(module, "", rest)
        if len(bound) != 1 or not isinstance(bound[0].value, Call) or bound[0].guards:
            continue
        call = bound[0].value
        found = declared.find_class(call.name, module)
        if found is None:
            function = declared.find_function(call.name, module)
            made = function[1].returns if function is not None else ()
            first = made[0] if len(made) == 1 else None
            found = declared.find_class(first.name, function[0]) if function and isinstance(first, Call) else None
        return found
    return None


def _members(project: Project, path: str, cls: Class, depth: int = 0) -> frozenset[str] | None:
    """Every name of a class and its bases; None when a base is not known or attributes come by other ways."""
    facts = project.python[path]
    scope = f"{cls.scope}.{cls.name}" if cls.scope else cls.name
    names = {b.name for b in facts.bindings if b.scope == scope}
    names |= {b.name.removeprefix("self.") for b in facts.bindings if b.scope.startswith(f"{scope}.")}
    names |= {f.name for f in facts.functions if f.scope == scope} | {c.name for c in facts.classes if c.scope == scope}
    if names & {"__getattr__", "__getattribute__", "__setattr__"} or depth > MAX_BASES:
        return None
    if any(
        _extra(b.value) for b in facts.bindings if b.scope.startswith(scope) and b.name in {"model_config", "extra"}
    ):
        return None
    for base in cls.bases:
        if base in _PLAIN_BASES or (
            base.endswith(("BaseSettings", "BaseModel")) and project.resolver.declared.find_class(base, path) is None
        ):
            continue
        parent = project.resolver.declared.find_class(base, path)
        inherited = _members(project, *parent, depth + 1) if parent is not None and parent[1] is not cls else None
        if inherited is None:
            return None
        names |= inherited
    return frozenset(names)


def _extra(value: object) -> bool:
    """Whether a settings class takes fields that it does not name."""
    return '"allow"' in repr(value).replace("'", '"')


def chain(read: SettingsRead) -> tuple[Step, ...]:
    """Where the class stands that lacks the attribute."""
    return (Step(read.declared.path, read.declared.line, f"class {read.cls} has no {read.name}"),)
