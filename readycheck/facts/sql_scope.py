"""What a module declares, in one walk: imports, functions, classes, and who calls whom."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from readycheck.facts.sql_names import FunctionNode
from readycheck.facts.sql_values import Vals
from readycheck.facts.syntax import walk

Env = dict[str, Vals]


@dataclass(slots=True)
class ClassScope:
    """A class: its methods, its attributes, and what its methods assign to `self`."""

    node: ast.ClassDef
    methods: dict[str, FunctionNode] = field(default_factory=dict)
    env: Env = field(default_factory=dict)
    assigned: dict[str, list[ast.expr | None]] = field(default_factory=dict)
    bases: tuple[str, ...] = ()

    @property
    def is_enum(self) -> bool:
        return any("Enum" in base or base.endswith("Choices") for base in self.bases)

    @property
    def is_view(self) -> bool:
        return any(
            base.endswith(("View", "Resource", "ViewSet", "Handler", "APIView", "Endpoint")) for base in self.bases
        )


@dataclass(slots=True)
class ModuleScope:
    """A module: everything that lookups need."""

    imports: dict[str, str] = field(default_factory=dict)
    functions: dict[str, FunctionNode] = field(default_factory=dict)
    classes: dict[str, ClassScope] = field(default_factory=dict)
    env: Env = field(default_factory=dict)
    calls: dict[str, list[ast.Call]] = field(default_factory=dict)
    all_calls: list[ast.Call] = field(default_factory=list)
    class_nodes: list[ast.ClassDef] = field(default_factory=list)

    @classmethod
    def of(cls, tree: ast.Module) -> ModuleScope:
        """Read the declarations of a module."""
        scope = cls()
        for node in walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    scope.imports[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    scope.imports[alias.asname or alias.name] = f"{'.' * node.level}{node.module or ''}.{alias.name}"
            elif isinstance(node, ast.ClassDef):
                scope.class_nodes.append(node)
            elif isinstance(node, ast.Call):
                scope.all_calls.append(node)
                name = _called(node)
                if name:
                    scope.calls.setdefault(name, []).append(node)
        for statement in tree.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                scope.functions[statement.name] = statement
        return scope

    def read_classes(self) -> None:
        """Read the classes: apart from the first walk, because most files turn out to hold no SQL."""
        for node in self.class_nodes:
            self._add_class(node)

    def _add_class(self, node: ast.ClassDef) -> None:
        entry = ClassScope(node, bases=tuple(_tail(base) for base in node.bases))
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                entry.methods[statement.name] = statement
                for inner in walk(statement):
                    _note_self(inner, entry)
        self.classes[node.name] = entry


def _note_self(node: ast.AST, entry: ClassScope) -> None:
    """Remember what is assigned to attributes of `self`; None stands for something not worth following."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            for inner in ast.walk(target):
                if (
                    isinstance(inner, ast.Attribute)
                    and isinstance(inner.value, ast.Name)
                    and inner.value.id in ("self", "cls")
                ):
                    entry.assigned.setdefault(inner.attr, []).append(node.value if inner is target else None)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        target = node.target
        if (
            isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.value.id in ("self", "cls")
        ):
            entry.assigned.setdefault(target.attr, []).append(node.value if isinstance(node, ast.AnnAssign) else None)


def _tail(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _tail(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def _called(call: ast.Call) -> str:
    """The last name of what is called: `self.run(x)` and `run(x)` both count as a call of `run`."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        return call.func.attr
    return ""
