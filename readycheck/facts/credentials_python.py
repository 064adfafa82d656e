"""Credentials in Python, from the syntax tree: assignments, defaults, dict keys, arguments, comparisons."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterator

from readycheck.facts.credentials_base import Candidate, Text
from readycheck.facts.lazily import lazy
from readycheck.facts.secret_names import name_class
from readycheck.facts.syntax import children

_WRAPPERS = frozenset(
    {"SecretStr", "Secret", "str", "bytes", "SecretBytes", "quote_plus", "b64encode", "HttpUrl", "strip"}
)
_FIELDS = frozenset({"Field", "field", "mapped_column", "Option", "Argument", "Query", "Header", "Setting"})
_READS = frozenset(
    "getenv env config get getvar environ setdefault str string getenv_str get_env env_var get_secret get_setting pop "
    "getattr option read_env env_str".split()
)
_SETTINGS_OWNER = lazy(
    r"(?:^|[._])(?:\w{0,30}env\w{0,30}|(?:\w{1,30}_)?(?:conf|config|cfg|settings?|secrets?)|getattr)(?:$|[.(\[])"
)
_SETTERS = frozenset({"set_password", "setpassword"})
_HASHERS = frozenset(
    "make_password hash_password get_password_hash generate_password_hash encrypt_password hashpw".split()
)
_LOGINS = frozenset({"HTTPBasicAuth", "BasicAuth", "HTTPDigestAuth", "PlainCredentials", "UsernamePasswordCredentials"})
_OPTIONS = frozenset({"option", "add_argument", "add_option"})
_AUTH_ARGUMENTS = frozenset({"auth", "basic_auth", "http_auth", "credentials", "login"})
_BLOCKS = (ast.stmt, ast.ExceptHandler, ast.match_case)

Found = tuple[ast.expr, str, str, str, str]


def from_python(text: Text, tree: ast.Module, hits: list[int]) -> Iterator[Candidate]:
    """Candidates in the tree. `hits` are the sorted lines with a secret word: statements without one are skipped."""
    stack: list[tuple[ast.AST, bool]] = [(node, False) for node in reversed(tree.body)]
    while stack:
        node, in_class = stack.pop()
        if isinstance(node, ast.stmt) and not _holds(hits, node):
            continue
        for value, name, detector, form, context in _judge(node, in_class):
            literal = _text(value)
            if literal:
                yield Candidate(_offset(text, value), name, literal, detector, form, context)
        inside = isinstance(node, ast.ClassDef)
        stack.extend((child, inside) for child in children(node))


def _holds(hits: list[int], node: ast.stmt) -> bool:
    first = node.lineno
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.decorator_list:
        first = min(first, node.decorator_list[0].lineno)
    position = bisect_left(hits, first)
    return position < len(hits) and hits[position] <= (node.end_lineno or first)


def _offset(text: Text, node: ast.expr) -> int:
    starts = text.starts
    start = starts[min(node.lineno, len(starts)) - 1]
    line = text.raw[start : text.line_end(start)]
    column = node.col_offset
    if not line.isascii():
        column = len(line.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))
    return start + column


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, str):
            return value if "\n" not in value.strip() else ""
        if isinstance(value, bytes):
            return value.decode("latin-1")
    return ""


def _judge(node: ast.AST, in_class: bool) -> Iterator[Found]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _assigned(_target_name(target), node.value, "literal", "")
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        form, detector = ("default", "settings default") if in_class else ("literal", "")
        yield from _assigned(_target_name(node.target), node.value, form, detector)
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield from _assigned(_text(key), value, "literal", "")
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        yield from _defaults(node.args)
    elif isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, ast.NamedExpr):
        yield from _assigned(_target_name(node.target), node.value, "literal", "")


def _target_name(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript):
        return _text(target.slice)
    return ""


def _assigned(name: str, value: ast.expr, form: str, detector: str, context: str = "code") -> Iterator[Found]:
    """The literals that `value` can be; a read of the environment counts by its own name, in `_call`."""
    if not name or not name_class(name).kind:
        return
    if isinstance(value, ast.Constant):
        yield value, name, detector, form, "default" if form == "default" else context
    elif isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        for option in value.values[1:]:
            yield from _assigned(name, option, "fallback", "fallback of an expression", "default")
    elif isinstance(value, ast.IfExp):
        for option in (value.body, value.orelse):
            yield from _assigned(name, option, form, detector, context)
    elif isinstance(value, ast.Call):
        yield from _wrapped(name, value, form, detector, context)


def _wrapped(name: str, call: ast.Call, form: str, detector: str, context: str) -> Iterator[Found]:
    called = _called(call)
    if (called in _WRAPPERS or called in _HASHERS) and call.args:
        yield from _assigned(name, call.args[0], form, detector, context)
    elif called in ("encode", "strip") and isinstance(call.func, ast.Attribute):
        yield from _assigned(name, call.func.value, form, detector, context)
    elif called in _FIELDS:
        for option in [*call.args[:1], *(word.value for word in call.keywords if word.arg == "default")]:
            yield from _assigned(name, option, "default", "settings default", "default")
    elif _reads(call) and not name_class(_text(call.args[0]) if call.args else "").kind:
        for option in _read_defaults(call):
            yield from _assigned(name, option, "fallback", "default of an environment read", "default")


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _reads(call: ast.Call) -> bool:
    name = _called(call)
    if name in ("get", "pop", "setdefault", "str", "string", "option", "config", "getattr"):
        owner = ast.unparse(call.func).lower() if isinstance(call.func, ast.Attribute) else name
        return len(owner) < 80 and _SETTINGS_OWNER.search(owner) is not None
    return name in _READS or "env" in name.lower()


def _read_defaults(call: ast.Call) -> Iterator[ast.expr]:
    position = 2 if _called(call) == "getattr" else 1
    if len(call.args) > position:
        yield call.args[position]
    for word in call.keywords:
        if word.arg in ("default", "fallback"):
            yield word.value


def _call(call: ast.Call) -> Iterator[Found]:
    called = _called(call)
    if call.args and _reads(call):
        name = _text(call.args[1] if called == "getattr" and len(call.args) > 1 else call.args[0])
        for option in _read_defaults(call):
            yield from _assigned(name, option, "fallback", "default of an environment read", "default")
    for word in call.keywords:
        if word.arg in _AUTH_ARGUMENTS:
            yield from _login(word.value)
        elif word.arg:
            yield from _assigned(word.arg, word.value, "argument", "", "argument")
    if called in _LOGINS and len(call.args) == 2:
        yield call.args[1], "password", "login pair", "argument", "argument"
    elif called == "login" and len(call.args) == 2 and _text(call.args[0]):
        yield call.args[1], "password", "login pair", "argument", "argument"
    elif called in _OPTIONS and call.args:
        for word in call.keywords:
            if word.arg == "default":
                yield from _assigned(_text(call.args[0]).lstrip("-"), word.value, "default", "default of an option")
    elif called.lower() in _SETTERS and call.args:
        yield call.args[0], "password", "", "argument", "argument"


def _login(value: ast.expr) -> Iterator[Found]:
    if isinstance(value, ast.Tuple) and len(value.elts) == 2 and _text(value.elts[0]):
        yield value.elts[1], "password", "login pair", "argument", "argument"


def _defaults(arguments: ast.arguments) -> Iterator[Found]:
    plain = [*arguments.posonlyargs, *arguments.args]
    pairs = list(zip(reversed(plain), reversed(arguments.defaults), strict=False))
    pairs += [(word, value) for word, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value]
    for argument, value in pairs:
        yield from _assigned(argument.arg, value, "default", "default of a parameter", "code")


def _compared(node: ast.Compare) -> Iterator[Found]:
    if len(node.ops) == 1 and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
        sides = (node.left, node.comparators[0])
        for named, value in (sides, sides[::-1]):
            if isinstance(value, ast.Constant):
                name = _target_name(named)
                if isinstance(named, ast.Call) and named.args and _called(named) == "get":
                    name = _text(named.args[0])
                yield from _assigned(name, value, "literal", "comparison with a literal")
