"""Every place that reads a JSON Web Token, in one shape: what is pinned and what is switched off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readycheck.facts.javascript import JavascriptFacts
from readycheck.facts.lazily import lazy
from readycheck.facts.python import PythonCall
from readycheck.facts.values import Argument, Call, Choice, Compare, Const, Items, Logic, Name, Table, Value
from readycheck.link.describe import describe
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.resolve import truth
from readycheck.link.tokens_javascript import CALLS as JAVASCRIPT_CALLS
from readycheck.link.tokens_javascript import javascript_tokens
from readycheck.link.tokens_shape import TokenRead
from readycheck.model import Location

# Calls that extraction must record for this module.
CALLS = JAVASCRIPT_CALLS | {
    "jwt.decode", "jwt.encode", "jwt.decode_complete", "PyJWT.decode", "jws.verify", "JsonWebToken", "JWTManager",
    "JWTStrategy", "JWTAuthentication", "decode_token",
}  # fmt: skip

_LIBRARIES = {
    "jwt": "PyJWT",
    "jose.jwt": "python-jose",
    "authlib.jose.jwt": "authlib",
    "joserfc.jwt": "joserfc",
    "jose.jws": "python-jose",
}
_CHECKING = lazy(r"verif|valid|authen|authori[sz]|allow|permit|trust", re.IGNORECASE)
_VERIFYING = lazy(r"^verify_(?:signature|exp)$")


@once
def token_reads(project: Project) -> Iterator[TokenRead]:
    """Every place, in every role."""
    for path, facts in project.python.items():
        reads = [read for call in facts.calls for read in _call(project, path, call)]
        scopes = {read.scope for read in reads if not read.weakness and not read.doubt}
        for read in reads:
            # A look inside to choose the key, before the same function verifies.
            if read.unverified and read.scope in scopes:
                yield read.excused("the same function verifies the token as well")
            elif read.unverified and _only_tells(project, path, read.scope):
                yield read.excused("the function tells only yes or no about the token")
            else:
                yield read
        for binding in facts.bindings:
            if binding.name == "SIMPLE_JWT" and not binding.scope and isinstance(binding.value, Table):
                yield _simplejwt(project, path, binding.value, binding.line)
            elif binding.name in {"JWT_ALGORITHM", "JWT_DECODE_ALGORITHMS"} or binding.name.endswith(
                "config[JWT_ALGORITHM]"
            ):
                if _has_none(project, binding.value, path, binding.scope):
                    yield TokenRead(
                        Location(path, binding.line), binding.name, f"{binding.name} lets in tokens without a signature"
                    )
    for path, script in project.javascript.items():
        yield from javascript_tokens(path, script, _constants(script))


def _only_tells(project: Project, path: str, scope: str) -> bool:
    """Whether a function gives back nothing of the token but a yes or no, as one that chooses who verifies it does."""
    for function in project.python[path].functions:
        name = f"{function.scope}.{function.name}" if function.scope else function.name
        if name == scope:
            told = [value.value for value in function.returns if isinstance(value, Const)]
            # A check that never says no lets everybody in; one that is named after checking is asked for its yes.
            if _CHECKING.search(function.name) or (told and set(told) == {True} and len(told) == len(function.returns)):
                return False
            return bool(function.returns) and all(
                isinstance(value, Compare | Logic) or (isinstance(value, Const) and isinstance(value.value, bool))
                for value in function.returns
            )
    return False


def _constants(script: JavascriptFacts) -> dict[str, Value]:
    return {b.name: b.value for b in script.bindings if not isinstance(b.value, Name)}


def _call(project: Project, path: str, found: PythonCall) -> Iterator[TokenRead]:
    owner, _, last = found.call.name.rpartition(".")
    place = Location(path, found.line, found.column)
    if last in {"JWTManager", "JWTStrategy", "JWTAuthentication"} and found.call.name.startswith(
        ("flask_jwt_extended", "fastapi_users", "rest_framework_simplejwt")
    ):
        yield TokenRead(place, f"{found.call.name.partition('.')[0]}, which pins its algorithm", scope=found.scope)
        return
    library = next((name for module, name in _LIBRARIES.items() if owner == module), "")
    if (
        not library
        and owner.endswith("jwt")
        and last in {"decode", "encode"}
        and not project.resolver.find_function(found.call.name, path)
    ):
        library = "PyJWT" if any(i.target.startswith("jwt") for i in project.python[path].imports) else ""
    if not library:
        return
    if last == "encode":
        algorithm = found.call.argument("algorithm", 2)
        if algorithm is not None and _has_none(project, algorithm.value, path, found.scope):
            yield TokenRead(
                Location(path, algorithm.line),
                "jwt.encode",
                "the token is issued without a signature",
                scope=found.scope,
            )
    elif last in {"decode", "decode_complete", "verify"}:
        yield _decode(project, path, found, library)


def _decode(project: Project, path: str, found: PythonCall, library: str) -> TokenRead:
    call, how = found.call, f"{library} {found.call.name.rpartition('.')[2]}"
    place = Location(path, found.line, found.column)
    off = _switched_off(project, path, found)
    if off is not None:
        line, what = off
        return TokenRead(Location(path, line), how, what, scope=found.scope, unverified="signature" in what)
    algorithms = call.argument(
        "algorithms", 2 if library in {"PyJWT", "python-jose", "joserfc"} else None
    ) or call.argument("algorithm")
    if algorithms is not None:
        return _pinned(project, path, found, algorithms, how)
    if any(argument.name in {"**", "*"} for argument in call.args):
        return TokenRead(
            place, how, doubt="the arguments of the decoding are put together elsewhere", scope=found.scope
        )
    if library == "authlib":
        return TokenRead(
            place,
            how,
            counts=False,
            weakness="the algorithms are those authlib allows by default",
            note="use JsonWebToken with the one that issues",
            scope=found.scope,
        )
    if library == "joserfc":
        return TokenRead(place, f"{how}, which allows only the recommended algorithms", scope=found.scope)
    return TokenRead(place, how, "no algorithms are named, so the token chooses how it is checked", scope=found.scope)


def _switched_off(project: Project, path: str, found: PythonCall) -> tuple[int, str] | None:
    """The line and the words for a check that is switched off."""
    verify = found.call.argument("verify")
    if verify is not None and _is_off(project, verify.value, path, found.scope):
        return verify.line, "verify=False: the signature is not checked"
    options = found.call.argument("options")
    if options is None:
        return None
    tables = [p.value for p in project.resolver.possible(options.value, path, found.scope)]
    for table in tables:
        for key, value in table.pairs if isinstance(table, Table) else _as_pairs(table):
            name = str(key.value) if isinstance(key, Const) else ""
            if _VERIFYING.match(name) and _is_off(project, value, path, found.scope):
                what = (
                    "the signature is not checked"
                    if name == "verify_signature"
                    else "tokens that have expired are let in"
                )
                return options.line, f"{name} is off: {what}"
    return None


def _as_pairs(value: Value) -> tuple[tuple[Value | None, Value], ...]:
    """`dict(verify_exp=False)` as its pairs."""
    if isinstance(value, Call) and value.name == "dict":
        return tuple((Const(a.name), a.value) for a in value.args if a.name)
    return ()


def _is_off(project: Project, value: Value, path: str, scope: str) -> bool:
    return any(truth(p.value) is False for p in project.resolver.possible(value, path, scope))


def _pinned(project: Project, path: str, found: PythonCall, algorithms: Argument, how: str) -> TokenRead:
    place = Location(path, algorithms.line)
    if _from_the_token(project, algorithms.value, path, found.scope):
        return TokenRead(place, how, "the algorithm is taken from the token itself", scope=found.scope)
    if _has_none(project, algorithms.value, path, found.scope):
        return TokenRead(
            place, how, "the algorithm none is allowed, so a token without a signature is let in", scope=found.scope
        )
    possible = project.resolver.possible(algorithms.value, path, found.scope)
    if any(isinstance(p.value, Const) and p.value.value is None for p in possible):
        return TokenRead(place, how, "algorithms is None, so the token chooses how it is checked", scope=found.scope)
    shown = describe(possible[0].value) if possible else describe(algorithms.value)
    mixed = _mixes_families(possible[0].value) if possible else False
    if mixed:
        note = "with one key for both, a public key can be used to sign"
        return TokenRead(
            place,
            how,
            f"{shown} allows both a shared secret and a public key",
            counts=False,
            note=note,
            scope=found.scope,
        )
    return TokenRead(place, f"{how} pins {shown}", scope=found.scope, chain=possible[0].steps if possible else ())


def _mixes_families(value: Value) -> bool:
    if not isinstance(value, Items):
        return False
    names = {str(i.value).upper()[:2] for i in value.items if isinstance(i, Const)}
    return "HS" in names and bool(names & {"RS", "ES", "PS"})


def _from_the_token(project: Project, value: Value, path: str, scope: str) -> bool:
    """Whether the list is read from the header of the token."""
    parts = value.items if isinstance(value, Items) else value.options if isinstance(value, Choice) else (value,)
    for part in parts:
        if isinstance(part, Call) and part.name.rpartition(".")[2] in {"[]", "get"} and part.args:
            first = part.args[0].value
            owner = part.receiver if part.receiver is not None else Name(part.name.rpartition(".")[0])
            if isinstance(first, Const) and first.value == "alg" and _is_header(project, owner, path, scope):
                return True
    return False


def _is_header(project: Project, owner: Value, path: str, scope: str) -> bool:
    values = [owner]
    if isinstance(owner, Name):
        values += [b.value for b in project.resolver.bindings(path, scope, owner.dotted)]
    return any("get_unverified_header" in v.name for v in values if isinstance(v, Call))


def _has_none(project: Project, value: Value, path: str, scope: str) -> bool:
    for possible in project.resolver.possible(value, path, scope):
        found = possible.value
        items = found.items if isinstance(found, Items) else (found,)
        if any(isinstance(i, Const) and isinstance(i.value, str) and i.value.strip().lower() == "none" for i in items):
            return True
    return False


def _simplejwt(project: Project, path: str, table: Table, line: int) -> TokenRead:
    algorithm = table.get("ALGORITHM")
    if algorithm is not None and _has_none(project, algorithm, path, ""):
        return TokenRead(Location(path, line), "SIMPLE_JWT", "SIMPLE_JWT lets in tokens without a signature")
    shown = describe(algorithm) if algorithm is not None else "HS256, its default"
    return TokenRead(Location(path, line), f"simplejwt pins {shown}")
