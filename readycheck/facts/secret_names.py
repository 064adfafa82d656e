"""Says from a name alone whether a secret stands under it: `DB_PASSWORD` yes, `password_min_length` no."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from readycheck.facts.lazily import lazy

_WORD = lazy(r"[A-Z]{1,60}(?=[A-Z][a-z])|[A-Z]?[a-z]{1,60}|[A-Z]{1,60}|\d{1,60}")
_PART = lazy(r"[.\[\]/:]{1,10}")

PASSWORD_WORDS = frozenset(
    "password passwd passwrd passphrase passcode pwd pass pw psw passwort pswd requirepass userpass".split()
)
_GLUED = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
    "authkey",
)
_KEY_KINDS = frozenset(
    "api access secret private encryption encrypt signing sign signature auth master account jwt hmac fernet crypto "
    "cipher aes app application session security service deploy admin webhook server functions function "
    "subscription instrumentation consumer shared symmetric decryption secure csrf rsa".split()
)
_QUALIFIERS = frozenset(
    "dev development prod production stage staging test testing tests local default defaults fallback base new old "
    "current admin root user db database value string str plain raw encoded b64 base64 confirm confirmation again "
    "repeat primary secondary one two override env live sandbox master main internal external app api server client "
    "encrypted global my the a b c x y sha512 sha256 hex live v hmac".split()
)
_NOT_AFTER = frozenset(
    "host hosts "
    "length len min max minimum maximum type types url urls uri path paths file files filename field fields name names "
    "label labels header headers prefix suffix expire expires expiry expiration expired ttl lifetime age id ids hint "
    "help helptext text message messages msg error errors pattern regex re validator validators validation policy "
    "policies rule rules placeholder reset change changed changes forgot strength required enabled disabled visible "
    "visibility hash hashes hashed hasher hashers algorithm alg algo count counts limit limits budget usage cost index "
    "class classes arn ref refs reference selector input button form title description version status state mode "
    "scheme "
    "format encoding encoder provider providers manager service services backend backends store storage model "
    "serializer "
    "view views handler middleware endpoint route page template templates attempts retries retry dir directory folder "
    "var variable variables date time timeout seconds minutes hours days interval size bytes bits charset chars "
    "characters address contract set sets list tuple key keys column columns table regexp cookie cookies param "
    "params parameter property "
    "attribute attr aud audience issuer scope scopes permission permissions role roles claim claims source src target "
    "location mask placeholders suggestions suggestion generator factory function method fn callback event events "
    "action actions command cmd component icon image img link links tooltip section subject info data check checks "
    "checker update updated updates created creation login authentication recovery protected protection less free "
    "authority position start end begin kind by store entropy complexity rotation requirements requirement option "
    "options config configuration settings setup request response result results success failure invalid mismatch "
    "match matches sent only exists through rate ed ing er flow grant exchange rate note notes comment comments "
    "doc docs "
    "documentation example examples word words stream parser lexer list pair pairs map mapping dict object objects "
    "instance storage namespace engine sync syncs separator delimiter bucket id expiring wrapper util utils "
    "helper".split()
)
_NOT_BEFORE = frozenset(
    "proxy uwsgi fastcgi scgi grpc confirmation "
    "forgot forget forgotten reset resets change changed has is are was show hide no not use uses allow allowed "
    "validate "
    "validates check checks verify verifies require requires required invalid wrong incorrect missing bad public "
    "expired "
    "enable enabled disable disabled min max num number empty without need needs ask prompt generate generates toggle "
    "next page pagination continuation csrfmiddleware csrf xsrf bos eos pad unk sep cls mask special stop design "
    "cancellation cancel sync syntax lexer parse parsed parser foreign primary partition sort cache existing lost "
    "recover mismatch match update validates confirm_reset unusable weak strong blank delete remove revoke "
    "rotate".split()
)
_LOOSE_KEYS_NOT_BEFORE = frozenset(
    "spreadsheet sheet document sort partition primary foreign cache public i18n translation dict index "
    "idempotency object s3 hot short group map "
    "query row column redis storage local data state json config lookup registry license licence host site recaptcha "
    "publishable dedupe routing message unique natural composite feature search react ssh gpg pgp known event".split()
)
# Products whose names end like that of a password.
_PASSWORD_MANAGERS = frozenset(
    "OnePassword onepassword 1Password 1password LastPass lastpass NordPass nordpass ProtonPass protonpass "
    "SamsungPass KeePass keepass Enpass enpass".split()
)
_PASS_THROUGH = frozenset({"value", "default", "data", "content", "plaintext", "literal", "stringdata"})


@dataclass(frozen=True, slots=True)
class NameClass:
    """What a name promises: `kind` is password, secret, token, key or ""; a name that is not `sure` needs a "
    "strong value."""

    kind: str
    sure: bool


_NOTHING = NameClass("", False)


@lru_cache(maxsize=8192)
def name_words(name: str) -> tuple[str, ...]:
    """The words of an identifier in lower case, whatever its style, trailing numbers dropped."""
    words = [word.lower() for word in _WORD.findall(name[-200:])]
    while words and words[-1].isdigit():
        words.pop()
    return tuple(words)


def last_part(name: str) -> str:
    """The part of a dotted or indexed name that says what it is; `password.value` is about `password`."""
    parts = [part for part in _PART.split(name[-300:]) if part and not part.isdigit()]
    while len(parts) > 1 and parts[-1].strip("'\"").lower() in _PASS_THROUGH:
        parts.pop()
    return parts[-1] if parts else ""


@lru_cache(maxsize=8192)
def name_class(name: str) -> NameClass:
    """What kind of secret the name promises."""
    part = last_part(name)
    if part in _PASSWORD_MANAGERS:
        return _NOTHING
    words = name_words(part)
    for position in range(len(words) - 1, -1, -1):
        kind, sure = _word_kind(words, position)
        if kind:
            return _judge(words[:position], words[position + 1 :], kind, sure)
    return _NOTHING


def _word_kind(words: tuple[str, ...], position: int) -> tuple[str, bool]:
    word = words[position]
    if word in PASSWORD_WORDS:
        return "password", True
    if word in ("secret", "token"):
        return word, True
    if word == "keys" and position > 0 and words[position - 1] in _KEY_KINDS and position == len(words) - 1:
        return "key", False
    if word == "key":
        sure = position > 0 and words[position - 1] in _KEY_KINDS
        if not sure and (position != len(words) - 1 or (position and words[position - 1] in _LOOSE_KEYS_NOT_BEFORE)):
            return "", False
        return "key", sure
    if word in ("credential", "credentials", "creds", "auth", "dsn", "salt"):
        return "secret", False
    if word.startswith(("csrf", "xsrf")):
        return "", False
    for ending in _GLUED:
        if word.endswith(ending):
            return {"password": "password", "passwd": "password", "passphrase": "password", "secret": "secret"}.get(
                ending, "token" if ending == "token" else "key"
            ), True
    return "", False


def _judge(before: tuple[str, ...], after: tuple[str, ...], kind: str, sure: bool) -> NameClass:
    if any(word in _NOT_AFTER for word in after) or any(word in _NOT_BEFORE for word in before):
        return _NOTHING
    if kind == "key" and before and before[-1] == "public":
        return _NOTHING
    return NameClass(kind, sure and all(word in _QUALIFIERS or word.isdigit() for word in after))
