"""The settings of the code that hold secrets: where they are read, and whether the code refuses a short one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.python import Binding, PythonFacts
from readycheck.facts.secret_names import name_class, name_words
from readycheck.facts.values import Call, Compare, Const, Name, Opaque, Value
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.model import Location

# A check of a setting ends in one of these, so extraction must record them.
REFUSALS = frozenset({"RuntimeError", "ValueError", "ImproperlyConfigured", "SystemExit"})
_SIGNING = lazy(
    r"(?:^|_)(?:secret_key(?:_base|_hmac)?|secretkey|jwt(?:_\w{1,30})?_(?:secret|key)|jwt_secret(?:_key)?|jwt_key|hmac_(?:key|secret)|"
    r"session_(?:secret|key)|cookie_secret|encryption_(?:key|secret)|fernet_key|signing_(?:key|secret)|token_secret(?:_key)?|"
    r"nextauth_secret|auth_secret|app_key|crypto_key|password_salt)$"
)
# Keys that somebody else hands out have the length that their owner gave them.
_ISSUED = frozenset(
    "aws s3 stripe minio google gcp github gitlab recaptcha hcaptcha turnstile slack twilio paypal oauth oauth2 client "
    "azure openai sendgrid mailgun mailchimp facebook twitter consumer webhook access public storage algolia sentry "
    "cloudinary razorpay plaid quickbooks docusign discord telegram linkedin apple auth0 okta keycloak social "
    "publishable vapid".split()
)
_TOKEN_PARTS = frozenset({"token", "jwt", "refresh"})


@dataclass(frozen=True, slots=True)
class SecretSetting:
    """A setting that holds a secret and has no default in the code. `least` is the length that its own type demands."""

    name: str
    location: Location
    least: int = 0


def signs_or_encrypts(name: str) -> bool:
    """Whether the name is that of a key which the project makes itself to sign or encrypt."""
    words = [word for word in name_words(name) if word not in {"b64", "base64", "hex"}]
    if not _SIGNING.search("_".join(words)):
        return False
    issued = _ISSUED.intersection((*words, *re.split(r"[^a-z0-9]+", name.lower())))
    return not issued or (issued == {"access"} and bool(_TOKEN_PARTS.intersection(words)))


@once
def secret_settings(project: Project) -> Iterator[SecretSetting]:
    """The settings without a default, in every file that is no test."""
    for path, facts in project.python.items():
        yield from _python(path, facts)
    for path, script in project.javascript.items():
        for read in script.env_reads:
            elsewhere = isinstance(read.default, Name) and read.default.dotted.startswith("process.env.")
            if (read.default is None or elsewhere) and _is_secret(read.name):
                yield SecretSetting(read.name, Location(path, read.line))


def _python(path: str, facts: PythonFacts) -> Iterator[SecretSetting]:
    for read in facts.env_reads:
        empty = read.default is None or (isinstance(read.default, Const) and read.default.value in (None, ""))
        if empty and _is_secret(read.name):
            yield SecretSetting(read.name, Location(path, read.line))
    settings = (c for c in facts.classes if any("Settings" in base for base in c.bases))
    classes = {f"{c.scope}.{c.name}" if c.scope else c.name for c in settings}
    for binding in facts.bindings:
        if binding.scope in classes and binding.annotation and _has_no_default(binding.value):
            if _is_secret(binding.name) or "Secret" in binding.annotation:
                yield SecretSetting(binding.name, Location(path, binding.line), _least(binding))


def _is_secret(name: str) -> bool:
    return bool(name_class(name).kind) and name_class(name).sure


def _has_no_default(value: Value) -> bool:
    if isinstance(value, Call) and value.name.rpartition(".")[2] == "Field":
        first = value.argument("default", 0)
        return value.argument("default_factory") is None and (first is None or _has_no_default(first.value))
    if isinstance(value, Const):
        return value.value in (None, "")
    return isinstance(value, Opaque)


def _least(binding: Binding) -> int:
    if isinstance(binding.value, Call):
        given = binding.value.argument("min_length")
        if given is not None and isinstance(given.value, Const) and isinstance(given.value.value, int):
            return given.value.value
    return 0


@once
def length_checks(project: Project) -> Iterator[tuple[str, int, Location]]:
    """Every place where the code refuses a setting that is too short: its name in lower case, the length, the place."""
    for path, facts in project.python.items():
        for call in facts.calls:
            if call.call.name.rpartition(".")[2] not in REFUSALS:
                continue
            for guard in call.guards:
                found = _length(guard.test) if guard.holds else None
                if found is not None:
                    yield _checked_name(facts, call.scope, found[0]), found[1], Location(path, guard.line)


def _length(test: Value) -> tuple[str, int] | None:
    if not (isinstance(test, Compare) and test.op in {"<", "<="} and isinstance(test.right, Const)):
        return None
    left, least = test.left, test.right.value
    if not (isinstance(left, Call) and left.name == "len" and left.args and isinstance(least, int)):
        return None
    inner = left.args[0].value
    name = ""
    if isinstance(inner, Name):
        name = inner.dotted
    elif isinstance(inner, Call):
        name = inner.name.removesuffix(".get_secret_value")
    return (name.rpartition(".")[2].lower(), least + (test.op == "<=")) if name else None


def _checked_name(facts: PythonFacts, scope: str, name: str) -> str:
    """In a validator of pydantic the checked field stands in the decorator, not in the test."""
    for function in facts.functions:
        if (f"{function.scope}.{function.name}" if function.scope else function.name) != scope:
            continue
        for decorator in function.decorators:
            if isinstance(decorator, Call) and decorator.name.rpartition(".")[2] in {"field_validator", "validator"}:
                first = decorator.args[0].value if decorator.args else None
                if isinstance(first, Const) and isinstance(first.value, str):
                    return first.value.lower()
    return name
