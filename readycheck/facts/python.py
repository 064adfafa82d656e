"""Facts of one Python module: imports, bindings, interesting calls, environment reads, decorated functions, classes."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Iterable
from dataclasses import replace

from readycheck.facts.lazily import lazy
from readycheck.facts.python_values import Converter, Hide
from readycheck.facts.python_words import (
    Binding,
    Class,
    EnvRead,
    Function,
    Guard,
    Import,
    ModeTest,
    Parameter,
    PythonCall,
    PythonFacts,
    SettingRead,
    Switch,
    names_environment_read,
    reads_environment,
)
from readycheck.facts.syntax import children, imports, walk
from readycheck.facts.values import Call, Const, Items, Opaque, Value

__all__ = [
    "Binding",
    "Class",
    "EnvRead",
    "Function",
    "Guard",
    "Import",
    "ModeTest",
    "Parameter",
    "PythonCall",
    "PythonFacts",
    "SettingRead",
    "Switch",
    "extract_python",
    "module_name",
    "parse_python",
    "reads_environment",
]

MAX_USES = 40
# A syntax tree takes about a kilobyte for each of these marks: a table of a million numbers would take gigabytes.
MAX_MARKS = 300_000
_MARKS = b"()[]{},.=:+-*/%<>|&^~;@\n\r"
MAX_RETURNS = 6
_BARE_EXCEPT = lazy(
    rb"^([ \t]{0,200}except\*?[ \t]{1,20})([\w.]{1,200}(?:,[ \t]{0,20}[\w.]{1,200}){1,30})([ \t]{0,20}:)", re.M
)
MAX_MENTION = 40
MAX_MENTIONS = 12
_MENTION = lazy(
    r"current_user|authori[sz]|authenti|jwt|verify_|is_admin|is_staff|is_superuser|login_user|get_identity|permission|"
    r"check_\w{0,20}(?:auth|token|key)|token_?valid|valid\w{0,10}_?token|decode_?token|api_?key|bearer|^cookies$|require_",
    re.IGNORECASE,
)
_SWITCH = lazy(r"auth|bypass|anonymous|no_?login|dev_?(?:mode|login|user)|mock_?user", re.IGNORECASE)
_MODES = frozenset({"production", "prod", "prd", "live"})
_SETTINGS = lazy(r"(?:^|_)(?:settings|config|conf|cfg)$", re.IGNORECASE)
MAX_SETTING_READS = 2_000
# A body this short may be a `get_settings` or a `flag_from_env` that other modules call.
SMALL_BODY = 3


def module_name(path: str) -> str:
    """The dotted name of a module by its path from the root of the target."""
    stem = path.removesuffix(".py").removesuffix(".pyi").removesuffix("/__init__")
    return stem.replace("/", ".")


def parse_python(data: bytes) -> ast.Module | str:
    """The syntax tree, or why there is none. Nothing is compiled or run."""
    if len(data) > MAX_MARKS and len(data) - len(data.translate(None, _MARKS)) > MAX_MARKS:
        return f"more than {MAX_MARKS:,} operators and lines: judged by its text only"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _parsed(data)
    except SyntaxError as error:
        return f"does not parse as Python: {error.msg} (line {error.lineno or 0})"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"does not parse as Python: {type(error).__name__}"


def _parsed(data: bytes) -> ast.Module:
    """The tree, also of a module that leaves out the brackets of `except A, B:` as Python 3.14 lets it."""
    try:
        return ast.parse(data)
    except SyntaxError as error:
        if "multiple exception types" not in (error.msg or ""):
            raise
        return ast.parse(_BARE_EXCEPT.sub(rb"\1(\2)\3", data))


def extract_python(path: str, tree: ast.Module, interest: frozenset[str], hide: Hide, deep: bool = True) -> PythonFacts:
    """The facts of one parsed module. `interest` holds the last segments of the call names that rules ask for,
    dotted ends of names (`jwt.decode`) and keywords (`verify=`).

    Without `deep` (no such call can be in the file) the bodies of functions are left alone.
    """
    extractor = _Extractor(path, interest, hide, deep)
    try:
        extractor.run(tree)
    except RecursionError:
        return PythonFacts(module_name(path), problem="nested too deeply to follow")
    return extractor.facts()


class _Extractor:
    """One pass over the statements of a module; expressions are walked iteratively."""

    def __init__(self, path: str, interest: frozenset[str], hide: Hide, deep: bool) -> None:
        self._deep = deep
        self._module = module_name(path)
        self._package = self._module if path.endswith("__init__.py") else self._module.rpartition(".")[0]
        self._interest = interest
        self._keywords = frozenset(name[:-1] for name in interest if name.endswith("="))
        self._dotted = tuple(f".{name}" for name in interest if "." in name)
        self._aliases: dict[str, str] = {}
        self._converter = Converter(self._aliases, hide)
        self._imports: list[Import] = []
        self._bindings: list[Binding] = []
        self._calls: list[PythonCall] = []
        self._env_reads: list[EnvRead] = []
        self._functions: list[Function] = []
        self._classes: list[Class] = []
        self._switches: list[Switch] = []
        self._mode_tests: list[ModeTest] = []
        self._setting_reads: list[SettingRead] = []
        self._uses: dict[str, list[int]] = {}
        self._returns: list[tuple[Value, tuple[Guard, ...]]] = []

    def run(self, tree: ast.Module) -> None:
        for node in imports(tree):
            self._import(node)
        self._block(tree.body, "", ())

    def facts(self) -> PythonFacts:
        imports = tuple(replace(i, used_lines=tuple(self._uses.get(i.local, ()))) for i in self._imports)
        return PythonFacts(
            self._module,
            imports,
            tuple(self._bindings),
            tuple(self._calls),
            tuple(self._env_reads),
            tuple(self._functions),
            tuple(self._classes),
            switches=tuple(self._switches),
            mode_tests=tuple(self._mode_tests),
            setting_reads=tuple(self._setting_reads),
        )

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.partition(".")[0]
                self._aliases[local] = alias.name if alias.asname else local
                self._imports.append(Import(local, alias.name, node.lineno))
            return
        base = self._absolute(node.module or "", node.level)
        for alias in node.names:
            target = f"{base}.{alias.name}" if base else alias.name
            local = alias.asname or alias.name
            if alias.name != "*":
                self._aliases[local] = target
            self._imports.append(Import(local, target, node.lineno))

    def _absolute(self, module: str, level: int) -> str:
        if not level:
            return module
        parts = self._package.split(".") if self._package else []
        kept = parts[: len(parts) - (level - 1)] if level > 1 else parts
        return ".".join([*kept, *([module] if module else [])])

    def _block(self, body: Iterable[ast.stmt], scope: str, guards: tuple[Guard, ...]) -> None:
        for statement in body:
            self._statement(statement, scope, guards)

    def _statement(self, node: ast.stmt, scope: str, guards: tuple[Guard, ...]) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, scope, guards)
            case ast.ClassDef():
                self._class(node, scope, guards)
            case ast.If(test=test, body=body, orelse=orelse):
                self._expression(test, scope, guards)
                condition = self._converter.condition(test)
                if scope and any(_SWITCH.search(name) for name in _names(test)):
                    self._switches.append(Switch(scope, condition, node.lineno, guards))
                self._block(body, scope, (*guards, Guard(condition, node.lineno)))
                self._block(orelse, scope, (*guards, Guard(condition, node.lineno, holds=False)))
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._assign(node, scope, guards)
            case ast.Return(value=value):
                if value is not None:
                    self._expression(value, scope, guards)
                    if len(self._returns) < MAX_RETURNS:
                        self._returns.append((self._converter.value(value), guards))
            case _:
                self._other(node, scope, guards)

    def _other(self, node: ast.stmt, scope: str, guards: tuple[Guard, ...]) -> None:
        for child in children(node):
            if isinstance(child, ast.stmt):
                self._statement(child, scope, guards)
            elif isinstance(child, ast.expr):
                self._expression(child, scope, guards)
            elif isinstance(child, ast.ExceptHandler | ast.match_case):
                self._block(child.body, scope, guards)
            elif isinstance(child, ast.withitem):
                self._expression(child.context_expr, scope, guards)

    def _assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: str, guards: tuple[Guard, ...]) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [_target(t) for t in targets]
        if isinstance(node, ast.AnnAssign):
            self._expression(node.annotation, scope, guards)
        for target in targets:
            if not isinstance(target, ast.Name):
                self._expression(target, scope, guards)
        if node.value is None:
            if names[0]:
                annotation = _annotation(node.annotation)
                self._bindings.append(
                    Binding(scope, names[0], Opaque("no value"), node.lineno, annotation, guards=guards)
                )
            return
        self._expression(node.value, scope, guards, names[0])
        annotation = _annotation(node.annotation) if isinstance(node, ast.AnnAssign) else ""
        for target, name in zip(targets, names, strict=True):
            if name:
                value = self._converter.value(node.value, _last_word(name))
                augments = isinstance(node, ast.AugAssign)
                self._bindings.append(Binding(scope, name, value, node.lineno, annotation, augments, guards))
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                self._unpack(target, node.value, scope, guards)

    def _unpack(self, target: ast.Tuple, value: ast.Tuple, scope: str, guards: tuple[Guard, ...]) -> None:
        for one, item in zip(target.elts, value.elts, strict=False):
            if isinstance(one, ast.Name):
                self._bindings.append(
                    Binding(scope, one.id, self._converter.value(item, one.id), one.lineno, guards=guards)
                )

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: str, guards: tuple[Guard, ...]) -> None:
        for decorator in node.decorator_list:
            self._expression(decorator, scope, guards)
        parameters = self._parameters(node.args, scope, guards)
        outer, self._returns = self._returns, []
        if self._deep or node.name == "__init__" or len(node.body) - _documented(node) <= SMALL_BODY:
            self._block(node.body, f"{scope}.{node.name}" if scope else node.name, guards)
        returns, self._returns = tuple(self._returns), outer
        self._functions.append(
            Function(
                scope,
                node.name,
                node.lineno,
                node.end_lineno or node.lineno,
                tuple(self._converter.value(d) for d in node.decorator_list),
                tuple(d.lineno for d in node.decorator_list),
                parameters,
                tuple(value for value, _ in returns),
                isinstance(node, ast.AsyncFunctionDef),
                guards,
                _mentions(node) if node.decorator_list else (),
                tuple(inner[len(guards) :] for _, inner in returns),
            )
        )

    def _parameters(self, args: ast.arguments, scope: str, guards: tuple[Guard, ...]) -> tuple[Parameter, ...]:
        positional = [*args.posonlyargs, *args.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
        pairs = list(zip(positional, [*defaults, *args.defaults], strict=True))
        pairs += list(zip(args.kwonlyargs, args.kw_defaults, strict=True))
        parameters = []
        for parameter, default in pairs:
            if default is not None:
                self._expression(default, scope, guards)
            if parameter.annotation is not None:
                self._expression(parameter.annotation, scope, guards)
            value = None if default is None else self._converter.value(default, parameter.arg)
            annotation = _annotation(parameter.annotation)
            parameters.append(Parameter(parameter.arg, annotation, value, parameter.lineno))
        return tuple(parameters)

    def _class(self, node: ast.ClassDef, scope: str, guards: tuple[Guard, ...]) -> None:
        for expression in [*node.bases, *(k.value for k in node.keywords), *node.decorator_list]:
            self._expression(expression, scope, guards)
        bases = tuple(self._converter.dotted(b) for b in node.bases)
        self._classes.append(Class(scope, node.name, bases, node.lineno))
        self._block(node.body, f"{scope}.{node.name}" if scope else node.name, guards)

    def _expression(self, root: ast.expr, scope: str, guards: tuple[Guard, ...], assigned: str = "") -> None:
        """Collects the calls, names and environment reads inside one expression."""
        stack: list[ast.AST] = [root]
        while stack:
            node = stack.pop()
            if type(node) is ast.Name:
                uses = self._uses.setdefault(node.id, [])
                if len(uses) < MAX_USES and (not uses or uses[-1] != node.lineno):
                    uses.append(node.lineno)
                continue
            if type(node) is ast.Constant:
                continue
            if type(node) is ast.Call:
                self._call(node, scope, guards, assigned if node is root else "")
            elif type(node) is ast.Subscript:
                self._subscript(node)
            elif type(node) is ast.Compare:
                self._mode_test(node, scope)
            elif type(node) is ast.Attribute:
                self._setting_read(node, scope)
            stack.extend(children(node))

    def _mode_test(self, node: ast.Compare, scope: str) -> None:
        for side in (node.left, *node.comparators):
            words = side.elts if isinstance(side, ast.List | ast.Tuple | ast.Set) else [side]
            if any(
                isinstance(w, ast.Constant) and isinstance(w.value, str) and w.value.lower() in _MODES for w in words
            ):
                self._mode_tests.append(ModeTest(scope, self._converter.value(node), node.lineno))
                return

    def _setting_read(self, node: ast.Attribute, scope: str) -> None:
        owner = node.value
        name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
        if _names_settings(name) and isinstance(node.ctx, ast.Load) and len(self._setting_reads) < MAX_SETTING_READS:
            dotted = self._converter.dotted(node)
            if dotted:
                self._setting_reads.append(SettingRead(dotted, node.lineno, scope))

    def _call(self, node: ast.Call, scope: str, guards: tuple[Guard, ...], assigned: str) -> None:
        func = node.func
        last = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
        dotted = self._converter.dotted(func)
        if last in {"append", "extend", "insert", "add"} and isinstance(func, ast.Attribute):
            self._append(func, node, scope, guards)
        elif names_environment_read(dotted):
            self._environment(self._converter.call(node), node.lineno)
        elif dotted == "split_settings.tools.include":
            self._included(node)
        if last in self._interest or dotted.rpartition(".")[2] in self._interest or self._asked_for(node, dotted):
            call = self._converter.call(node)
            self._calls.append(PythonCall(call, node.lineno, node.col_offset + 1, scope, guards, assigned))

    def _included(self, node: ast.Call) -> None:
        """`include("base.py")` of django-split-settings runs a file of its own folder as if it were imported whole."""
        for given in node.args:
            text = given.value if isinstance(given, ast.Constant) else None
            if isinstance(text, str) and text.endswith(".py") and "*" not in text:
                module = text.removesuffix(".py").replace("/", ".")
                self._imports.append(Import("*", f"{self._absolute(module, 1)}.*", given.lineno))

    def _asked_for(self, node: ast.Call, dotted: str) -> bool:
        """Whether a rule asks for the call by a keyword of it (`verify=`) or by the end of its name (`jwt.decode`)."""
        if self._dotted and f".{dotted}".endswith(self._dotted):
            return True
        return any(keyword.arg in self._keywords for keyword in node.keywords)

    def _append(self, func: ast.Attribute, node: ast.Call, scope: str, guards: tuple[Guard, ...]) -> None:
        if not (isinstance(func.value, ast.Name) and node.args):
            return
        value = self._converter.value(node.args[-1])
        if func.attr != "extend":
            value = Items((value,))
        self._bindings.append(Binding(scope, func.value.id, value, node.lineno, augments=True, guards=guards))

    def _environment(self, call: Call, line: int) -> None:
        first = call.args[0].value if call.args else None
        if not (isinstance(first, Const) and isinstance(first.value, str)):
            return
        default = call.argument("default", 1)
        self._env_reads.append(EnvRead(first.value, default.value if default else None, line, default is None))

    def _subscript(self, node: ast.Subscript) -> None:
        if self._converter.dotted(node.value) in {"os.environ", "environ"} and isinstance(node.slice, ast.Constant):
            if isinstance(node.slice.value, str) and isinstance(node.ctx, ast.Load):
                self._env_reads.append(EnvRead(node.slice.value, None, node.lineno, True))


def _documented(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function begins with a docstring."""
    first = node.body[0]
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)


def _names(test: ast.expr) -> Iterable[str]:
    """The names and string constants in a condition: `settings.SKIP_AUTH`, `os.getenv("SKIP_AUTH")`."""
    for node in ast.walk(test):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.Constant(value=str() as name):
                yield name[:80]


def _target(node: ast.expr) -> str:
    """The name an assignment binds: `x`, or `app.config.X` / `self.x` for attributes and constant subscripts."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = _target(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        owner = _target(node.value)
        return f"{owner}[{node.slice.value[:60]}]" if owner else ""
    return ""


def _last_word(name: str) -> str:
    """What a value stands under: the attribute of `self.token`, the key of `app.config[SECRET_KEY]`."""
    return name.rpartition("[")[2].rstrip("]").rpartition(".")[2]


def _annotation(node: ast.expr | None) -> str:
    if node is None:
        return ""
    return (node.id if type(node) is ast.Name else ast.unparse(node))[:120]


@functools.lru_cache(maxsize=8192)  # few names make up most of any project
def _speaks_of_the_caller(name: str) -> bool:
    return _MENTION.search(name) is not None


@functools.lru_cache(maxsize=8192)
def _names_settings(name: str) -> bool:
    return _SETTINGS.search(name) is not None


def _mentions(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str, ...]:
    """What the body of a handler says of who is calling, in the order of the source."""
    found: dict[str, None] = {}
    for statement in function.body:
        for node in walk(statement):
            if type(node) is ast.Name:
                name = node.id
            elif type(node) is ast.Attribute:
                name = node.attr
            elif type(node) is ast.Constant and isinstance(node.value, str):
                name = node.value
            else:
                continue
            if len(name) <= MAX_MENTION and _speaks_of_the_caller(name):
                found[name] = None
    return tuple(found)[:MAX_MENTIONS]
