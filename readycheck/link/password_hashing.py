"""How a project keeps the passwords of its users: every hashing call with its cost, and every place that keeps none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.javascript import JavascriptFacts, JsCall
from readycheck.facts.lazily import lazy
from readycheck.facts.python import PythonCall
from readycheck.facts.values import Argument, Call, Const, Items, Name, Value
from readycheck.link.project import Project
from readycheck.model import Location, Step

# Calls that extraction must record for this module.
CALLS = frozenset(
    "hashpw checkpw gensalt PasswordHasher CryptContext generate_password_hash check_password_hash "
    "make_password check_password "
    "set_password create_user create_superuser pbkdf2_hmac hashlib.scrypt PBKDF2HMAC Scrypt "
    "PasswordHash.recommended PasswordHash "
    "sign_in_with_password createHash js:hash js:compare hashSync js:compareSync js:genSalt js:genSaltSync "
    "pbkdf2Sync scryptSync "
    "js:pbkdf2 js:scrypt js:update hash_password get_password_hash verify_password bcrypt argon2 hashPassword "
    "comparePassword".split()
)
_STRONG_SCHEMES = frozenset({"bcrypt", "argon2", "bcrypt_sha256", "django_argon2", "scrypt", "argon2id"})
_SLOW_SCHEMES = lazy(r"pbkdf2|sha512_crypt|sha256_crypt", re.IGNORECASE)
_WEAK_SCHEMES = lazy(
    r"^(?:plaintext|md5_crypt|hex_|ldap_(?:md5|sha1|salted_md5|salted_sha1|plaintext)|apr_md5|des_crypt|lmhash|nthash|django_(?:salted_)?(?:md5|sha1|plain)|unix_disabled|mysql\d*|mssql\d*|roundup_plaintext|sha1_crypt)",
    re.IGNORECASE,
)
_WEAK_HASHERS = lazy(r"MD5|SHA1PasswordHasher|Crypt(?!o)|Unsalted|PlainText", re.IGNORECASE)
_JS_PASSWORD = lazy(r"passw(?:or)?d|passwd|pwd|passphrase", re.IGNORECASE)
_JS_OTHER = lazy(r"^(?:api_?)?key$|token|code$|otp", re.IGNORECASE)
_JS_LIBRARIES = {
    "bcrypt": "bcrypt",
    "bcryptjs": "bcrypt",
    "argon2": "argon2",
    "@node-rs/bcrypt": "bcrypt",
    "@node-rs/argon2": "argon2",
    "@phc/argon2": "argon2",
    "scrypt-kdf": "scrypt",
}
_WEAK_DIGESTS = frozenset({"md5", "sha1", "sha", "sha256", "sha512", "sha-256", "sha-1", "md4"})
_HELPERS = frozenset({"hash_password", "get_password_hash", "verify_password", "check_password", "set_password"})
MIN_ITERATIONS = 100_000
# Fewer rounds of bcrypt are a defect; between this and the advised number is worth saying.
MIN_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Hashing:
    """One place. `weakness` says what is wrong with it, "" if nothing is; `doubt` why that is not known.

    `counts` is False for what is worth saying but is no defect; `taken` marks a place where a password only comes in.
    """

    location: Location
    how: str
    weakness: str = ""
    doubt: str = ""
    counts: bool = True
    note: str = ""
    taken: bool = False
    chain: tuple[Step, ...] = ()


def password_hashing(project: Project, min_rounds: int) -> Iterator[Hashing]:
    """Every place, in every role."""
    direct = [
        h for path, facts in project.python.items() for c in facts.calls for h in _call(project, path, c, min_rounds)
    ]
    yield from direct
    yield from _passlib(project)
    yield from _helpers(project, direct)
    yield from _uses(project)
    yield from _django(project)
    for path, script in project.javascript.items():
        yield from _javascript(project, path, script, min_rounds)


def _passlib(project: Project) -> Iterator[Hashing]:
    """Ready-made contexts and single schemes of passlib, by their import."""
    for path, facts in project.python.items():
        for statement in facts.imports:
            module, _, name = statement.target.rpartition(".")
            place = Location(path, statement.line)
            if module == "passlib.apps":
                yield Hashing(place, f"passlib's {name}")
            elif module == "passlib.hash" and _WEAK_SCHEMES.search(name):
                yield Hashing(place, "passlib", f"passwords are kept with {name}")
            elif module == "passlib.hash" and (name in _STRONG_SCHEMES or _SLOW_SCHEMES.search(name)):
                yield Hashing(place, f"passlib's {name}")


def _helpers(project: Project, direct: list[Hashing]) -> Iterator[Hashing]:
    """Calls of the project's own helper, where the helper is seen to hash."""
    for path, facts in project.python.items():
        for found in facts.calls:
            if found.call.name.rpartition(".")[2] not in _HELPERS:
                continue
            target = project.resolver.find_function(found.call.name, path)
            if target is None:
                continue
            inside = [
                h
                for h in direct
                if h.location.path == target[0] and target[1].line <= h.location.line <= target[1].end_line
            ]
            if inside and not any(h.weakness for h in inside):
                line = next((a.line for a in found.call.args), found.line)
                yield Hashing(Location(path, line), f"{target[1].name}, which uses {inside[0].how}")


def _uses(project: Project) -> Iterator[Hashing]:
    for path, facts in project.files.items():
        for use in facts.passwords:
            place = Location(path, use.line, use.column)
            if use.kind == "fast-hash":
                yield Hashing(place, use.what, f"{use.what} is made to be fast, so a stolen table is guessed in hours")
            elif use.kind == "plain-compare":
                yield Hashing(
                    place,
                    "a comparison",
                    f"the stored password is compared as it is ({use.what}), so it is kept unhashed",
                )
            elif use.kind == "plain-lookup":
                yield Hashing(
                    place,
                    "a lookup",
                    f"the row is looked up by the password itself ({use.what}), so it is kept unhashed",
                )
            elif use.kind == "configured":
                yield Hashing(
                    place,
                    "a comparison",
                    f"compared as it is with a password of the operator ({use.what})",
                    counts=False,
                    note="no password of a user is stored here",
                )
            elif use.kind == "digest-compare":
                yield Hashing(
                    place,
                    use.what,
                    f"{use.what} of a password is compared in constant time",
                    counts=False,
                    note="no password of a user is seen to be stored here",
                )
            else:
                yield Hashing(place, use.what, taken=True)


def _call(project: Project, path: str, found: PythonCall, min_rounds: int) -> Iterator[Hashing]:
    call, place = found.call, Location(path, found.line, found.column)
    last = call.name.rpartition(".")[2]
    if last == "gensalt":
        yield _rounds(project, path, found, call.argument("rounds", 0), ("bcrypt", min_rounds))
    elif last in {"hashpw", "checkpw"}:
        yield Hashing(place, f"bcrypt.{last}")
    elif last == "PasswordHasher":
        yield Hashing(place, "argon2.PasswordHasher")
    elif call.name.endswith("PasswordHash.recommended") or call.name.startswith("pwdlib."):
        yield Hashing(place, "pwdlib with argon2")
    elif last == "CryptContext":
        yield from _context(project, path, found, min_rounds)
    elif last in {"generate_password_hash", "check_password_hash"}:
        yield _werkzeug(project, path, found, min_rounds)
    elif last in {"pbkdf2_hmac", "PBKDF2HMAC"}:
        position = 3 if last == "pbkdf2_hmac" else None
        yield _iterations(project, path, found, call.argument("iterations", position), "PBKDF2")
    elif last in {"scrypt", "Scrypt"}:
        yield Hashing(place, "scrypt")
    elif last in {"make_password", "check_password", "set_password", "create_user", "create_superuser"}:
        if "django" in project.frameworks:
            yield Hashing(place, f"Django's {last}")
    elif last == "sign_in_with_password":
        yield Hashing(place, "the identity provider behind sign_in_with_password")


def _rounds(
    project: Project, path: str, found: PythonCall, argument: Argument | None, cost_of: tuple[str, int]
) -> Hashing:
    how, least = cost_of
    place = Location(path, argument.line if argument else found.line)
    if argument is None:
        return Hashing(place, f"{how} with its default cost")
    for possible in project.resolver.possible(argument.value, path, found.scope):
        value = possible.value.value if isinstance(possible.value, Const) else None
        cost = int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdigit()) else None
        if cost is None:
            return Hashing(place, f"{how} with a configured cost")
        if cost < least:
            return _few(place, how, cost, least, possible.steps)
        return Hashing(place, f"{how} with cost {cost}", chain=possible.steps)
    return Hashing(place, how)


def _few(place: Location, how: str, cost: int, least: int, steps: tuple[Step, ...] = ()) -> Hashing:
    """Fewer rounds than advised, which is a defect only below the floor."""
    sound = how == "bcrypt" and cost >= MIN_ROUNDS
    note = "today's default of most libraries" if sound else ""
    return Hashing(
        place,
        f"{how} with cost {cost}",
        f"{how} runs {cost} rounds where {least} are advised",
        counts=not sound,
        note=note,
        chain=steps,
    )


def _iterations(project: Project, path: str, found: PythonCall, argument: Argument | None, how: str) -> Hashing:
    if argument is None:
        return Hashing(Location(path, found.line), how)
    return _rounds(project, path, found, argument, (how, MIN_ITERATIONS))


def _context(project: Project, path: str, found: PythonCall, min_rounds: int) -> Iterator[Hashing]:
    argument = found.call.argument("schemes", 0)
    place = Location(path, argument.line if argument else found.line)
    for label in ("bcrypt__rounds", "bcrypt__default_rounds", "bcrypt__min_rounds"):
        rounds = found.call.argument(label)
        if rounds is not None:
            yield _rounds(project, path, found, rounds, ("bcrypt", min_rounds))
    possible = project.resolver.possible(argument.value, path, found.scope) if argument else ()
    schemes = [i.value for p in possible if isinstance(p.value, Items) for i in p.value.items if isinstance(i, Const)]
    first = str(schemes[0]).lower() if schemes else ""
    if not first:
        yield Hashing(place, "passlib.CryptContext", doubt="the schemes of the password context are not known")
    elif _WEAK_SCHEMES.search(first):
        yield Hashing(place, "passlib", f"new passwords are kept with {first}")
    elif first in _STRONG_SCHEMES or _SLOW_SCHEMES.search(first):
        yield Hashing(place, f"passlib with {first}")
    else:
        yield Hashing(place, "passlib", doubt=f"the scheme {first} is not known")


def _werkzeug(project: Project, path: str, found: PythonCall, min_rounds: int) -> Hashing:
    call = found.call
    last = call.name.rpartition(".")[2]
    if not call.name.startswith("werkzeug"):  # flask-bcrypt has methods of these names
        rounds = call.argument("rounds", 1) if last.startswith("generate") else None
        if rounds is not None and isinstance(rounds.value, Const) and isinstance(rounds.value.value, int):
            return _rounds(project, path, found, rounds, ("bcrypt", min_rounds))
        return Hashing(Location(path, found.line), last)
    method = call.argument("method", 1)
    if method is None or last.startswith("check"):
        return Hashing(Location(path, found.line), f"werkzeug's {last}")
    place = Location(path, method.line)
    for possible in project.resolver.possible(method.value, path, found.scope):
        text = str(possible.value.value).lower() if isinstance(possible.value, Const) else ""
        if text and not text.startswith(("scrypt", "pbkdf2")):
            return Hashing(
                place, "werkzeug", f"werkzeug is told to use {text}, which is made to be fast", chain=possible.steps
            )
    return Hashing(place, f"werkzeug's {last}")


def _django(project: Project) -> Iterator[Hashing]:
    for path, facts in project.python.items():
        top = [b for b in facts.bindings if not b.scope]
        names = {b.name for b in top}
        if not names & {"INSTALLED_APPS", "PASSWORD_HASHERS"}:
            continue
        for binding in top:
            if binding.name == "PASSWORD_HASHERS" and isinstance(binding.value, Items) and not binding.augments:
                first = binding.value.items[0] if binding.value.items else Const("")
                text = str(first.value) if isinstance(first, Const) else first.dotted if isinstance(first, Name) else ""
                weak = bool(_WEAK_HASHERS.search(text)) and project.resolver.holds(binding.guards, path) is not False
                shown = text.rpartition(".")[2]
                yield Hashing(
                    Location(path, binding.line),
                    f"Django with {shown}",
                    f"new passwords are kept with {shown}" if weak else "",
                )
            elif binding.name == "INSTALLED_APPS" and "PASSWORD_HASHERS" not in names and _has_auth(binding.value):
                yield Hashing(Location(path, binding.line), "Django's default hasher (PBKDF2)")


def _has_auth(value: Value) -> bool:
    return isinstance(value, Items) and any(
        isinstance(i, Const) and i.value == "django.contrib.auth" for i in value.items
    )


def _javascript(project: Project, path: str, script: JavascriptFacts, min_rounds: int) -> Iterator[Hashing]:
    for found in script.calls:
        call, place = found.call, Location(path, found.line, found.column)
        owner, _, last = call.name.rpartition(".")
        library = _JS_LIBRARIES.get(owner)
        if library and last in {"hash", "hashSync", "genSalt", "genSaltSync"}:
            yield _js_cost(script, place, call, library, min_rounds)
        elif library and last.startswith(("compare", "verify")):
            yield Hashing(place, f"{owner}.{last}")
        elif owner.rpartition(".")[2] in {"crypto", "node:crypto"} and last.startswith(("pbkdf2", "scrypt")):
            yield Hashing(place, f"{last}")
        elif last == "update" and isinstance(call.receiver, Call) and call.receiver.name.endswith("createHash"):
            yield from _js_digest(project, path, found, call.receiver)


def _js_cost(script: JavascriptFacts, place: Location, call: Call, library: str, least: int) -> Hashing:
    last = call.name.rpartition(".")[2]
    argument = call.argument("", 0 if last.startswith("gen") else 1)
    value = argument.value if argument else None
    if isinstance(value, Name):
        bound = [b.value for b in script.bindings if b.name == value.dotted]
        value = bound[-1] if bound else value
    given = call.args[0].value if call.args and last.startswith("hash") else None
    other = isinstance(given, Name) and bool(_JS_OTHER.search(given.dotted.rpartition(".")[2]))
    if (
        library == "bcrypt"
        and not other
        and isinstance(value, Const)
        and isinstance(value.value, int)
        and value.value < least
    ):
        where = Location(place.path, argument.line if argument else place.line)
        return _few(where, "bcrypt", value.value, least)
    return Hashing(place, f"{library}.{last}")


def _js_digest(project: Project, path: str, found: JsCall, digest: Call) -> Iterator[Hashing]:
    """`createHash("md5").update(password)`, in place or in a helper that is called with a password elsewhere."""
    first = digest.args[0].value if digest.args else None
    name = str(first.value).lower() if isinstance(first, Const) else ""
    given = found.call.args[0].value if found.call.args else None
    if name not in _WEAK_DIGESTS:
        return
    place = Location(path, digest.line or found.line, 0)
    weakness = f"{name} is made to be fast, so a stolen table is guessed in hours"
    if isinstance(given, Name) and _JS_PASSWORD.search(given.dotted.rpartition(".")[2]):
        yield Hashing(place, name, weakness)
    elif found.scope and (user := _helper_user(project, found.scope.rpartition(".")[2])) is not None:
        yield Hashing(place, name, weakness, chain=(Step(user.path, user.line, "a password is given to this helper"),))


def _helper_user(project: Project, helper: str) -> Location | None:
    for path, script in project.javascript.items():
        for call in script.calls:
            first = call.call.args[0].value if call.call.args else None
            if (
                call.call.name.rpartition(".")[2] == helper
                and isinstance(first, Name)
                and _JS_PASSWORD.search(first.dotted.rpartition(".")[2])
            ):
                return Location(path, call.line)
    return None
