"""Judges a candidate string by its shape first and by its randomness last: a secret, a weak password, or nothing."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from readycheck.facts import secret_patterns as patterns
from readycheck.facts.secret_names import NameClass, last_part, name_class, name_words

SHORT = 32
_LONGEST = 1024
_RANDOM_LENGTH = 12
_MANY_DISTINCT = 5
_UNSURE_LENGTH = 16
_FEW_SPACES = 3
_SIGNERS = frozenset({"jwt", "session", "signing", "encryption", "hmac", "cookie", "flask", "django"})
_STRICT = frozenset({"url", "sql", "shell", "header", "login", "vendor", "private-key"})
_SETTING = frozenset({"config", "comment", "default", "shell", "env"})


@dataclass(frozen=True, slots=True)
class Shape:
    """The verdict on one string. `traits` outlive the string and tell later rules why it is no good key."""

    kind: str
    traits: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def is_test_path(path: str) -> bool:
    """Whether the path is one that only tests use."""
    return patterns.TEST_PATH.search(path.lower()) is not None


def classify(name: str, value: str, *, path: str, context: str) -> Shape:
    """What the string `value`, standing under `name`, is.

    `context` says where it stands: `code`, `argument`, `default` (of an environment read), `config`, `env` (a
    variable of a process), `shell`, `url`, `header`, `sql` or `login`.
    """
    text = value.strip()[:_LONGEST]
    kind, extra = _by_shape(name, text, context)
    if not kind:
        kind, extra = _by_strength(name, text, path, context)
    return Shape(kind, _traits(text, kind) | extra)


def _by_shape(name: str, text: str, context: str) -> tuple[str, frozenset[str]]:
    nothing: frozenset[str] = frozenset()
    if (text.lower() in patterns.KNOWN_PHRASES or patterns.SAID_PHRASE.match(text)) and name_class(name).kind:
        return "weak", frozenset({"known-default"})
    if not text or text.lower() in patterns.NEVER or patterns.PLAIN_URL.match(text):
        return "not_a_secret", nothing
    if patterns.REFERENCE.match(text) or _is_file(text):
        return "reference", nothing
    if patterns.TEMPLATE.search(text) or (context not in ("code", "argument") and patterns.BARE_VARIABLE.match(text)):
        return "placeholder", frozenset({"template"})
    if patterns.DJANGO_INSECURE.match(text):
        return "", nothing
    if patterns.PUBLISHED.match(text):
        return "fake", frozenset({"published"})
    if patterns.PLACEHOLDER.search(text.lower()):
        real_field = context in _STRICT or name_class(name).sure
        return ("placeholder" if real_field and " " not in text else "not_a_secret"), nothing
    if context not in ("vendor", "url", "header") and not text.startswith("eyJ") and patterns.NOT_A_SECRET.search(text):
        return "not_a_secret", nothing
    if context not in _STRICT and (
        text.lower() in patterns.STOP_VALUES or (_is_prose(text) and not _is_spaced_key(name, text))
    ):
        return "not_a_secret", nothing
    if context in ("code", "argument", "config", "comment") and _is_a_name(name, text, context):
        return "not_a_secret", nothing
    return "", nothing


def _by_strength(name: str, text: str, path: str, context: str) -> tuple[str, frozenset[str]]:
    # A known command takes a password without a name; a named option is judged by its name.
    nameless = context in _STRICT and not (context == "shell" and name)
    sort = NameClass("password", True) if nameless else name_class(name)
    strong = context == "vendor" or looks_random(text) or _is_spaced_key(name, text)
    if not sort.kind or (not sort.sure and not (strong and len(text) >= _UNSURE_LENGTH)):
        return "not_a_secret", frozenset()
    if sort.kind != "password" and not strong and not _accepts_words(name, context) and not _weak_key(text):
        return "not_a_secret", frozenset()
    if strong:
        return "secret", frozenset()
    if (
        sort.kind != "password"
        and len(text) < _MANY_DISTINCT
        and not _signs(name)
        and context in ("code", "argument", "config", "comment")
    ):
        return "not_a_secret", frozenset()
    if patterns.FAKE.search(text.lower()):
        pretended = patterns.PRETENDED.search(text.lower()) is not None
        outside = not pretended and context in _SETTING | _STRICT and not is_test_path(path)
        return ("weak" if outside else "fake"), frozenset({"test-word"})
    if is_test_path(path):
        return "fake", frozenset()
    return "weak", frozenset()


def _accepts_words(name: str, context: str) -> bool:
    """An environment variable takes any text, a `token` in code is as often a word of a grammar."""
    if context in ("default", "env", "shell") or _signs(name):
        return True
    return context == "config" and last_part(name).isupper()


def _signs(name: str) -> bool:
    """`SECRET_KEY`, `jwt_secret`: names that stand for nothing but a key, so that any word under them is one."""
    words = name_words(last_part(name))
    return words[-2:] == ("secret", "key") or (name_class(name).kind in ("key", "secret") and words[0] in _SIGNERS)


def _weak_key(text: str) -> bool:
    lowered = text.lower()
    if lowered in patterns.KNOWN_DEFAULTS or patterns.WEAK_KEY.search(lowered):
        return True
    letters = sum(char.isalpha() for char in text)
    digits = sum(char.isdigit() for char in text)
    return letters > 1 and digits > 1 and len(text) >= 8 and patterns.ONE_WORD.match(text) is not None


def _is_file(text: str) -> bool:
    if patterns.FILE_NAME.search(text):
        return True
    return (
        text.startswith(("/", "./", "../", "~/", ".\\", "..\\"))
        and patterns.PATH.match(text) is not None
        and not (len(text) > 30 and looks_random(text.replace("/", "")))
    )


def _is_prose(text: str) -> bool:
    """Text for people: several words, or letters outside ASCII without a single digit or symbol."""
    if " " in text or "\t" in text or "\n" in text:
        return True
    if patterns.LABEL.match(text):
        return True
    return not text.isascii() and all(char.isalpha() or char in ".!?:…-" for char in text)


def _is_spaced_key(name: str, text: str) -> bool:
    """A key in which a space is one of many symbols, as in those that random bytes are printed as."""
    joined = text.replace(" ", "")
    if not _signs(name) or not 1 <= len(text) - len(joined) <= _FEW_SPACES or len(joined) < _UNSURE_LENGTH:
        return False
    symbols = sum(not char.isalnum() for char in joined)
    return symbols >= _FEW_SPACES and any(char.isdigit() for char in joined) and looks_random(joined)


def _is_a_name(name: str, text: str, context: str) -> bool:
    """`PASSWORD = "password"`, `token: "access_token"`, `API_KEY = "X-API-Key"`: a field name, no value."""
    if not patterns.IDENTIFIER.match(text):
        return False
    own, value = name_words(last_part(name)), name_words(text)
    if not own or not value or any(word in patterns.PERSONAL for word in value):
        return False
    if context == "config" and name_class(name).kind == "password":
        return len(value) > 1 and "".join(own) == "".join(value) and not text.islower()
    if context == "argument" and value == own == ("password",):
        return False
    if "".join(own) == "".join(value):
        return True
    if value[: len(own)] == own and not name_class(text).kind:
        return True  # `"password": "password_hash"`
    if len(value) == 1 and value[0] not in own:
        return False
    return value[-1] == own[-1] or (len(value) > 1 and bool(name_class(text).kind) and context == "code")


def looks_random(text: str) -> bool:
    """Whether a machine rather than a person made this string."""
    size = len(text)
    if size < _RANDOM_LENGTH or " " in text:
        return False
    if patterns.UUID.match(text):
        return True
    if patterns.SNAKE.match(text):
        return False
    distinct = len(set(text))
    if size < SHORT and patterns.TYPED.search(text.lower()):
        return False
    if patterns.BASE32.match(text) and not text.isalpha():
        return distinct >= 8
    if patterns.HEX.match(text):
        return size >= 16 and distinct >= 8 and entropy(text) >= 2.9 and not _is_sequence(text)
    if distinct < 8 or entropy(text) < 3.0 or _is_sequence(text):
        return False
    classes = sum(bool(pattern.search(text)) for pattern in patterns.CLASSES)
    if classes < 2 and size < 20:
        return False
    return _word_share(text) < 0.5


def _word_share(text: str) -> float:
    """The part of the string that reads like words of a language."""
    readable = 0
    for word in patterns.LETTERS.findall(text):
        lowered = word.lower()
        vowels = sum(lowered.count(vowel) for vowel in "aeiouy")
        if 0.2 <= vowels / len(word) <= 0.65 and not patterns.CONSONANTS.search(lowered):
            readable += len(word)
    return readable / len(text)


def _is_sequence(text: str) -> bool:
    lowered = text.lower()
    steps = sum(ord(after) - ord(before) == 1 for before, after in pairwise(lowered))
    return steps >= 0.6 * (len(text) - 1)


def entropy(text: str) -> float:
    """Shannon entropy in bits per character."""
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values()) if size else 0.0


def _traits(text: str, kind: str) -> frozenset[str]:
    found: set[str] = set()
    if len(text) < SHORT:
        found.add("short")
    if entropy(text) < 3.0:
        found.add("low-entropy")
    if len(set(text)) < _MANY_DISTINCT:
        found.add("few-distinct")
    if text and _repeats(text):
        found.add("repeated")
    if text.isdigit():
        found.add("digits-only")
    if text.lower() in patterns.KNOWN_DEFAULTS:
        found.add("known-default")
    if patterns.DJANGO_INSECURE.match(text):
        found.add("django-insecure")
    if kind == "placeholder":
        found.add("placeholder")
    if kind in ("weak", "fake") and _word_share(text) >= 0.5:
        found.add("dictionary")
    if _is_sequence(text):
        found.add("sequence")
    return frozenset(found)


def _repeats(text: str) -> bool:
    """Whether the string is one shorter piece several times over."""
    return len(text) > 1 and text in (text + text)[1:-1]
