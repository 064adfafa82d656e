"""What one Python module does with the passwords of people: fast digests, plain comparisons, and where they come in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.syntax import children

# A file without any of these has nothing to find here.
GATES = (b"passw", b"pwd", b"passphrase")

_PASSWORD = lazy(
    r"(?:^|_|\b)(?:(?:new|old|raw|plain|clear(?:_?text)?|user|hashed|stored|encrypted|db|current|input)_?)*(?:password|passwd|passwort|pwd|passphrase|pass_?word)(?:_?(?:hash|hashed|digest|bytes|str|text|plain|raw|encoded|utf8))?$",
    re.IGNORECASE,
)
_AGAIN = lazy(
    r"confirm|repeat|again|retype|2$|1$|verify|match|second|old|previous|history|default|forbidden|common|weak",
    re.IGNORECASE,
)
_OPERATOR = lazy(
    r"settings|config|conf\b|cfg|environ|env\b|constants|options|args\b|admin_|basic_|const", re.IGNORECASE
)
_FAST = frozenset("md5 sha1 sha224 sha256 sha384 sha512 sha3_256 sha3_512 blake2b blake2s md4 ripemd160".split())
_STRONG = lazy(
    r"bcrypt|argon2|scrypt|pbkdf2|hashpw|checkpw|CryptContext|pwd_context|PasswordHasher|generate_password_hash|check_password_hash|make_password|hash_secret",
    re.IGNORECASE,
)
_HASHES = lazy(r"hash|digest|crypt|md5|sha\d|encode_password|derive", re.IGNORECASE)
_LEAK_CHECK = lazy(r"pwned|hibp|breach|leaked|compromised", re.IGNORECASE)
_SQL_COMPARE = lazy(
    r"\bwhere\b[^;]{0,600}?\b(?:password|passwd|pwd)[\"`\]]?\s{0,4}=\s{0,4}(?:%s|\?|:\w|\$\d|%\(|'?\{|'%s'|'\s*$|\"\s*$)",
    re.IGNORECASE | re.DOTALL,
)
_LOOKUPS = frozenset(
    {"filter_by", "filter", "get", "find_one", "find", "get_or_none", "exists", "first", "one_or_none"}
)
_TAKERS = lazy(
    r"log_?in|sign_?in|sign_?up|register|authenticate|create_user|add_user|new_user|change_password|reset_password|set_password|verify_password|check_password|hash_password",
    re.IGNORECASE,
)
_COLUMNS = frozenset(
    {"Column", "mapped_column", "CharField", "TextField", "StringField", "PasswordField", "Field", "BinaryField"}
)
MAX_USES = 60


@dataclass(frozen=True, slots=True)
class PasswordUse:
    """One place. `kind`: "fast-hash", "plain-compare", "plain-lookup", "configured" (compared with a password of the
    operator), "digest-compare" or "taken" (a password comes in). `what` names the call or the two sides, never a value.
    """

    kind: str
    line: int
    column: int
    scope: str
    what: str


def find_password_uses(tree: ast.Module) -> tuple[PasswordUse, ...]:
    """Every use, in source order."""
    found: list[PasswordUse] = []
    stack: list[tuple[ast.AST, str, ast.AST]] = [(tree, "", tree)]
    while stack and len(found) < MAX_USES:
        node, scope, function = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found += _function(node, scope)
            scope, function = f"{scope}.{node.name}" if scope else node.name, node
        elif isinstance(node, ast.ClassDef):
            found += _fields(node, scope)
            scope = f"{scope}.{node.name}" if scope else node.name
        elif isinstance(node, ast.Call):
            found += _call(node, scope, function)
        elif isinstance(node, ast.Compare):
            found += _compare(node, scope, function)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += _statement(node, scope, function)
        stack.extend((child, scope, function) for child in children(node))
    return tuple(sorted(set(found), key=lambda use: (use.line, use.column, use.kind)))


def _dotted(start: ast.AST) -> str:
    node: ast.AST = start
    parts: list[str] = []
    for _ in range(12):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):
            index = node.slice
            parts.append(index.value if isinstance(index, ast.Constant) and isinstance(index.value, str) else "")
            node = node.value
        elif isinstance(node, ast.Call):
            key = node.args[0] if node.args else None
            named = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
            if isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "pop"} and named:
                parts.append(named)
                node = node.func.value
            elif isinstance(node.func, ast.Attribute) and node.func.attr in {
                "encode",
                "decode",
                "strip",
                "get_secret_value",
            }:
                node = node.func.value
            else:
                return ""
        else:
            break
    if not isinstance(node, ast.Name):
        return ""
    return ".".join(reversed([*parts, node.id]))


def _is_password(dotted: str) -> bool:
    last = dotted.removesuffix(".data").rpartition(".")[2]
    return bool(last) and bool(_PASSWORD.search(last))


def _names(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str) and len(inner.value) < 40:  # a key
            yield inner.value


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, scope: str) -> Iterator[PasswordUse]:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    taken = next((a for a in arguments if _is_password(a.arg)), None)
    if taken is not None and _TAKERS.search(node.name):
        yield PasswordUse("taken", taken.lineno, taken.col_offset + 1, scope, node.name)


def _fields(node: ast.ClassDef, scope: str) -> Iterator[PasswordUse]:
    """Fields of models and forms that hold the password of a person; settings hold those of servers."""
    bases = " ".join(_dotted(base) for base in node.bases)
    if re.search(r"settings|config|options|dsn|connection|database|server|env", f"{node.name} {bases}", re.IGNORECASE):
        return
    person = re.search(
        r"user|account|member|customer|person|login|sign|regist|auth|profile|credential|password|patient|employee",
        node.name,
        re.IGNORECASE,
    )
    for statement in node.body:
        target = (
            statement.target
            if isinstance(statement, ast.AnnAssign)
            else statement.targets[0]
            if isinstance(statement, ast.Assign)
            else None
        )
        if not (isinstance(target, ast.Name) and _is_password(target.id)):
            continue
        value = statement.value if isinstance(statement, ast.AnnAssign | ast.Assign) else None
        column = isinstance(value, ast.Call) and _dotted(value.func).rpartition(".")[2] in _COLUMNS
        if person and (column or isinstance(statement, ast.AnnAssign)):
            yield PasswordUse("taken", statement.lineno, statement.col_offset + 1, scope, f"{node.name}.{target.id}")


def _call(node: ast.Call, scope: str, function: ast.AST) -> Iterator[PasswordUse]:
    name = _dotted(node.func)
    last = node.func.attr if isinstance(node.func, ast.Attribute) else name
    algorithm = _algorithm(node, name, last)
    if algorithm and _hashes_password(node, scope):
        if not _prehash_or_leak_check(node, algorithm, function, scope):
            kind = "digest-compare" if _compares_digests(function) and algorithm not in {"md5", "sha1"} else "fast-hash"
            yield PasswordUse(kind, node.lineno, node.col_offset + 1, scope, algorithm)
    elif last == "compare_digest" and len(node.args) == 2:
        yield from _sides((node.args[0], node.args[1]), node, scope, function)
    elif last in _LOOKUPS:
        yield from _lookup(node, last, scope, function)


def _algorithm(node: ast.Call, name: str, last: str) -> str:
    if last in _FAST and (name.startswith("hashlib.") or name == last):
        return last
    first = node.args[0] if node.args else None
    if (
        name in {"hashlib.new", "hashlib.file_digest"}
        and isinstance(first, ast.Constant)
        and str(first.value).lower() in _FAST
    ):
        return str(first.value).lower()
    return ""


def _hashes_password(node: ast.Call, scope: str) -> bool:
    inside = [name for argument in node.args for name in _names(argument)]
    if any(_PASSWORD.search(name) and not _HASHES.search(name) for name in inside):
        return True
    function = scope.rpartition(".")[2]
    return bool(
        re.search(
            r"(?:hash|encrypt|make|digest|encode|get)_?\w{0,12}_?(?:password|passwd|pwd)|(?:password|passwd|pwd)_?(?:hash|digest)",
            function,
            re.IGNORECASE,
        )
    )


def _prehash_or_leak_check(node: ast.Call, algorithm: str, function: ast.AST, scope: str) -> bool:
    """A digest before bcrypt lifts its limit of 72 bytes; one sent to a list of leaked passwords is not kept."""
    if isinstance(function, ast.Module):
        return False
    texts = {*_names(function), scope}
    if any(_LEAK_CHECK.search(text) for text in texts):
        return True
    urls = (n.value for n in ast.walk(function) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return any("pwned" in url for url in urls) or any(_STRONG.search(text) for text in texts)


def _compares_digests(function: ast.AST) -> bool:
    return not isinstance(function, ast.Module) and "compare_digest" in set(_names(function))


def _compare(node: ast.Compare, scope: str, function: ast.AST) -> Iterator[PasswordUse]:
    if len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq):
        yield from _sides((node.left, node.comparators[0]), node, scope, function)


def _sides(sides: tuple[ast.expr, ast.expr], node: ast.expr, scope: str, function: ast.AST) -> Iterator[PasswordUse]:
    a, b = _dotted(sides[0]), _dotted(sides[1])
    if (
        not (_is_password(a) and _is_password(b))
        or a == b
        or _AGAIN.search(a.rpartition(".")[2])
        or _AGAIN.search(b.rpartition(".")[2])
    ):
        return
    if "." not in a and "." not in b:
        return  # two variables: most often the two fields of a form
    if any(re.search(r"hash|digest", side.rpartition(".")[2], re.IGNORECASE) for side in (a, b)):
        return  # a stored digest against a computed one: what computes it is judged
    if a.partition(".")[0] == b.partition(".")[0] and a.count(".") == b.count(".") and "." in a:
        return  # two fields of one form
    if any(_hashed_before(function, side) for side in (a, b)):
        return
    kind = "configured" if _OPERATOR.search(a) or _OPERATOR.search(b) or a.isupper() or b.isupper() else "plain-compare"
    yield PasswordUse(kind, node.lineno, node.col_offset + 1, scope, f"{a} with {b}")


def _lookup(node: ast.Call, last: str, scope: str, function: ast.AST) -> Iterator[PasswordUse]:
    pairs: list[tuple[str, ast.expr]] = [(k.arg, k.value) for k in node.keywords if k.arg]
    for argument in node.args[:1]:
        if isinstance(argument, ast.Dict) and last.startswith("find"):
            keys = [k.value if isinstance(k, ast.Constant) else "" for k in argument.keys]
            pairs += [(str(key), value) for key, value in zip(keys, argument.values, strict=True)]
    for key, value in pairs:
        dotted = _dotted(value)
        if (
            key.lower() in {"password", "passwd", "pwd"}
            and _is_password(dotted)
            and not _hashed_before(function, dotted)
        ):
            yield PasswordUse("plain-lookup", value.lineno, value.col_offset + 1, scope, f"{last}({key}={dotted})")


def _hashed_before(function: ast.AST, dotted: str) -> bool:
    """Whether the variable, or any password of the function, is given the result of a hash."""
    if isinstance(function, ast.Module):
        return False
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call | ast.Attribute | ast.Subscript):
            same = any(_dotted(target) == dotted or not dotted for target in node.targets)
            if same and any(_HASHES.search(name) for name in _names(node.value)):
                return True
        elif isinstance(node, ast.Call) and not dotted:
            called = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else node.func.id
                if isinstance(node.func, ast.Name)
                else ""
            )
            if _HASHES.search(called):
                return True
    return False


def _statement(node: ast.Constant, scope: str, function: ast.AST) -> Iterator[PasswordUse]:
    text = str(node.value)
    if "assw" in text or "pwd" in text:
        if (
            re.search(r"\bselect\b", text[:2_000], re.IGNORECASE)
            and _SQL_COMPARE.search(text[:4_000])
            and not _hashed_before(function, "")
        ):
            yield PasswordUse(
                "plain-lookup", node.lineno, node.col_offset + 1, scope, "a SQL condition on the password column"
            )
