"""JSON Web Tokens in JavaScript and TypeScript: jsonwebtoken, express-jwt, passport-jwt, jose and Nest's JwtService."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from readycheck.facts.javascript import JavascriptFacts, JsCall
from readycheck.facts.lazily import lazy
from readycheck.facts.values import Argument, Call, Const, Hidden, Items, Name, Table, Value
from readycheck.link.describe import describe
from readycheck.link.tokens_shape import TokenRead
from readycheck.model import Location

# Calls that extraction must record for this module.
CALLS = frozenset(
    "js:verify js:verifyAsync js:decode js:sign jwtVerify jwtDecrypt decodeJwt expressjwt expressJwt express- "
    "jwt JwtStrategy UnsecuredJWT "
    "jsonwebtoken passport-jwt".split()
)
_SERVER = lazy(r"(?:^|[./])(?:jsonwebtoken|jws)(?:\.default)?$")
_SERVICE = lazy(r"jwt_?service$|jwt$", re.IGNORECASE)


def javascript_tokens(path: str, script: JavascriptFacts, constants: Mapping[str, Value]) -> Iterator[TokenRead]:
    """Every place of one file."""
    reads = [read for call in script.calls for read in _call(path, script, call, constants)]
    verified = any(not r.weakness for r in reads) or any(_is_verify(c.call) for c in script.calls)
    for read in reads:
        yield read.excused("the same file verifies the token as well") if read.unverified and verified else read


def _is_verify(call: Call) -> bool:
    owner, _, last = call.name.rpartition(".")
    return bool(_SERVER.search(owner)) and last == "verify"


def _call(path: str, script: JavascriptFacts, found: JsCall, constants: Mapping[str, Value]) -> Iterator[TokenRead]:
    call, place = found.call, Location(path, found.line, found.column)
    owner, _, last = call.name.rpartition(".")
    if _is_verify(call):
        yield _verify(place, call, constants, found.scope)
    elif last == "decode" and _SERVER.search(owner):
        yield TokenRead(
            place,
            "jsonwebtoken decode",
            "the token is decoded without a check of its signature",
            scope=found.scope,
            unverified=True,
        )
    elif last == "sign" and _SERVER.search(owner):
        options = _table(call.args[2].value, constants) if len(call.args) > 2 else None
        if options is not None and _none_in(options.get("algorithm"), constants):
            yield TokenRead(place, "jsonwebtoken sign", "the token is issued without a signature", scope=found.scope)
    elif last in {"verify", "verifyAsync"} and _SERVICE.search(owner) and _imports(script, "@nestjs/jwt"):
        yield _options(place, f"{last} of Nest's JwtService", _argument(call, 1, constants), constants, found.scope)
    elif last == "jwtVerify":
        yield _options(place, "jose jwtVerify", _argument(call, 2, constants), constants, found.scope)
    elif last == "UnsecuredJWT":
        yield TokenRead(place, "jose UnsecuredJWT", "the token has no signature", scope=found.scope)
    elif call.name in {"express-jwt", "express-jwt.expressjwt", "express-jwt.expressJwt", "express-jwt.default"}:
        yield _express(place, call, constants, found.scope)
    elif last in {"JwtStrategy", "Strategy"} and call.name.startswith("passport-jwt"):
        yield _options(place, "passport-jwt", _argument(call, 0, constants), constants, found.scope)


def _imports(script: JavascriptFacts, module: str) -> bool:
    return any(i.module == module for i in script.imports)


def _argument(call: Call, position: int, constants: Mapping[str, Value]) -> Table | None:
    return _table(call.args[position].value, constants) if len(call.args) > position else None


def _table(value: Value, constants: Mapping[str, Value]) -> Table | None:
    if isinstance(value, Name):
        value = constants.get(value.dotted, value)
    return value if isinstance(value, Table) else None


def _verify(place: Location, call: Call, constants: Mapping[str, Value], scope: str) -> TokenRead:
    key: Argument | None = call.args[1] if len(call.args) > 1 else None
    if key is not None and isinstance(key.value, Const) and key.value.value in (None, "", False):
        return TokenRead(
            Location(place.path, key.line), "jsonwebtoken verify", "the token is checked with no key", scope=scope
        )
    return _options(place, "jsonwebtoken verify", _argument(call, 2, constants), constants, scope)


def _options(place: Location, how: str, options: Table | None, constants: Mapping[str, Value], scope: str) -> TokenRead:
    if options is not None:
        if _none_in(options.get("algorithms"), constants):
            return TokenRead(
                place, how, "the algorithm none is allowed, so a token without a signature is let in", scope=scope
            )
        expiry = options.get("ignoreExpiration")
        if isinstance(expiry, Const) and expiry.value is True:
            return TokenRead(place, how, "ignoreExpiration lets in tokens that have expired", scope=scope)
        algorithms = options.get("algorithms")
        if algorithms is not None:
            return TokenRead(place, f"{how} pins {describe(algorithms)}", scope=scope)
    return TokenRead(place, f"{how}, whose algorithms follow from the kind of key", scope=scope)


def _express(place: Location, call: Call, constants: Mapping[str, Value], scope: str) -> TokenRead:
    options = _argument(call, 0, constants)
    if options is None or options.get("algorithms") is not None:
        return _options(place, "express-jwt", options, constants, scope)
    secret = options.get("secret")
    if isinstance(secret, Hidden | Name | Const | Call):
        return TokenRead(
            place, "express-jwt", "no algorithms are named, so the token chooses how it is checked", scope=scope
        )
    return _options(place, "express-jwt", options, constants, scope)


def _none_in(value: Value | None, constants: Mapping[str, Value]) -> bool:
    if isinstance(value, Name):
        value = constants.get(value.dotted)
    items = value.items if isinstance(value, Items) else (value,)
    return any(isinstance(i, Const) and isinstance(i.value, str) and i.value.lower() == "none" for i in items)
