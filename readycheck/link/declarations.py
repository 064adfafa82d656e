"""What the modules of a project declare, by name: bindings, classes, functions, and the variables settings read."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from readycheck.facts.python import Binding, Class, Function, PythonFacts
from readycheck.facts.values import Argument, Call, Const, Table, Value
from readycheck.link.modules import ModuleIndex

MAX_BASES = 6
_SETTINGS_BASES = frozenset(
    {"BaseSettings", "pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings"}
)


class Declarations:
    """Finds the declaration behind a name as one module says it, across re-exports."""

    def __init__(self, modules: Mapping[str, PythonFacts], index: ModuleIndex) -> None:
        self._modules = modules
        self._index = index
        self._bindings: dict[str, dict[tuple[str, str], list[Binding]]] = {}
        self._targets_of: dict[str, frozenset[str]] = {}
        self._names: dict[str, tuple[dict[str, Class], dict[str, Function]]] = {}

    def bindings(self, path: str, scope: str, name: str) -> tuple[Binding, ...]:
        """The assignments to a name in one scope of one module, in order."""
        return tuple(self.table(path).get((scope, name), ()))

    def find_class(self, dotted: str, path: str) -> tuple[str, Class] | None:
        """The project's own class behind a name as one module says it."""
        for module, rest in self.targets(dotted, path):
            found = self._named(module)[0].get(rest)
            if found is not None:
                return module, found
        return None

    def find_function(self, dotted: str, path: str) -> tuple[str, Function] | None:
        """The project's own function behind a name as one module says it."""
        for module, rest in self.targets(dotted, path):
            found = self._named(module)[1].get(rest)
            if found is not None:
                return module, found
        return None

    def _named(self, path: str) -> tuple[dict[str, Class], dict[str, Function]]:
        """The classes and the functions of a module by their names in it."""
        named = self._names.get(path)
        if named is None:
            facts = self._modules[path]
            classes = {(f"{c.scope}.{c.name}" if c.scope else c.name): c for c in facts.classes}
            functions = {(f"{f.scope}.{f.name}" if f.scope else f.name): f for f in facts.functions}
            named = self._names[path] = (classes, functions)
        return named

    def targets(self, dotted: str, path: str) -> Iterator[tuple[str, str]]:
        """The modules a name can mean as one module says it, each with the rest of the name in it."""
        if path in self._modules:
            yield path, dotted
        split = self._index.split(dotted, path)
        if split is None:
            return
        yield split
        # A package re-exports: `from .config import settings` in its __init__.
        head = split[1].partition(".")[0]
        for statement in self._modules[split[0]].imports:
            if statement.local == head and statement.target != dotted:
                again = self._index.split(statement.target, split[0])
                if again is not None and again[0] != split[0]:
                    tail = split[1].partition(".")[2]
                    yield again[0], ".".join(p for p in (again[1], tail) if p)

    def table(self, path: str) -> dict[tuple[str, str], list[Binding]]:
        """The bindings of a module by scope and name."""
        table = self._bindings.get(path)
        if table is None:
            table = self._bindings[path] = {}
            for binding in self._modules[path].bindings:
                table.setdefault((binding.scope, binding.name), []).append(binding)
        return table

    def is_imported(self, dotted: str, path: str) -> bool:
        """Whether a dotted name begins with something the module imports (and is no local name of that spelling)."""
        if path not in self._targets_of:
            statements = self._modules[path].imports if path in self._modules else ()
            self._targets_of[path] = frozenset(i.target for i in statements if "." in i.target)
        targets = self._targets_of[path]
        parts = dotted.split(".")
        return any(".".join(parts[:end]) in targets for end in range(2, len(parts) + 1))

    def class_anywhere(self, name: str) -> tuple[str, Class] | None:
        """The first top-level class of this name in the project."""
        return self._classes.get(name)

    @functools.cached_property
    def _classes(self) -> dict[str, tuple[str, Class]]:
        found: dict[str, tuple[str, Class]] = {}
        for path, facts in self._modules.items():
            for made in facts.classes:
                if not made.scope:
                    found.setdefault(made.name, (path, made))
        return found

    @functools.cached_property
    def django_settings(self) -> tuple[str, ...]:
        """The modules that are Django settings."""
        names = (
            path for path, facts in self._modules.items() if any(b.name == "INSTALLED_APPS" for b in facts.bindings)
        )
        return tuple(names)

    def is_settings(self, path: str, cls: str, depth: int = 0) -> bool:
        """Whether a class reads its fields from the environment (pydantic settings, directly or by inheritance)."""
        known = next((c for c in self._modules[path].classes if c.name == cls), None)
        for base in known.bases if known and depth < MAX_BASES else ():
            if base in _SETTINGS_BASES or base.endswith(".BaseSettings"):
                return True
            parent = self.find_class(base, path)
            if parent is not None and self.is_settings(parent[0], parent[1].name, depth + 1):
                return True
        return False

    def field_variable(self, path: str, cls: str, binding: Binding) -> str:
        """The environment variable that a field of a settings class reads."""
        if isinstance(binding.value, Call):
            for label in ("validation_alias", "alias", "env"):
                named = binding.value.argument(label)
                if named and isinstance(named.value, Const) and isinstance(named.value.value, str):
                    return named.value.value
        return (self._prefix(path, cls) + binding.name).upper()

    def _prefix(self, path: str, cls: str) -> str:
        table = self.table(path)
        for binding in (*table.get((f"{cls}.Config", "env_prefix"), ()), *table.get((cls, "model_config"), ())):
            value: Value | Argument | None = binding.value
            if isinstance(value, Call):
                named = value.argument("env_prefix")
                value = named.value if named else None
            elif isinstance(value, Table):
                value = value.get("env_prefix")
            if isinstance(value, Const) and isinstance(value.value, str):
                return value.value
        return ""
