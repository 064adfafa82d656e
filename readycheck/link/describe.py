"""Values as short text for people. Strings that could be secrets are never spelled out."""

from __future__ import annotations

from readycheck.facts.lazily import lazy
from readycheck.facts.values import (
    Call,
    Choice,
    Compare,
    Const,
    Hidden,
    Items,
    Joined,
    Logic,
    Name,
    Opaque,
    Table,
    Value,
)

_PLAIN = lazy(r"[\w.*:/@%+, -]{0,60}")
_DENSE = lazy(r"(?=[^\s]{0,200}\d)(?=[^\s]{0,200}[A-Za-z])[A-Za-z0-9+/=_-]{16,}")
MAX_SHOWN = 4


def describe(value: Value) -> str:
    """A value as a reader would write it, cut short; what may be a secret is named by its kind."""
    match value:
        case Const(value=str() as text):
            return f'"{text}"' if is_plain(text) else "a string"
        case Const(value=constant):
            return str(constant)
        case Hidden(shown=shown):
            return f'"{shown}"'
        case Name(dotted=dotted):
            return dotted
        case Items(items=items):
            shown = ", ".join(describe(i) for i in items[:MAX_SHOWN])
            return f"[{shown}{', …' if len(items) > MAX_SHOWN else ''}]"
        case Call(name=name, args=args, receiver=receiver):
            owner = describe(receiver) if receiver is not None and name.startswith((".", "[")) else ""
            inside = ", ".join(
                describe(a.value) if a.name is None else f"{a.name}={describe(a.value)}" for a in args[:2]
            )
            return f"{owner}[{inside}]" if name == "[]" else f"{owner}{name}({inside}{', …' if len(args) > 2 else ''})"
        case Choice(options=options):
            return " or ".join(describe(o) for o in options[:MAX_SHOWN])
        case Compare(left=left, op=op, right=right):
            return f"{describe(left)} {op} {describe(right)}"
        case Logic(op="not", parts=parts):
            return f"not {describe(parts[0])}"
        case Logic(op=op, parts=parts):
            return f" {op} ".join(describe(p) for p in parts[:MAX_SHOWN])
        case Joined(how=how):
            return f"a string put together ({how})"
        case Table():
            return "{…}"
        case Opaque(text=text):
            return text
    raise AssertionError(value)


def is_plain(text: str) -> bool:
    """Whether a string can be shown: short, made of ordinary characters and not dense like a key."""
    return bool(_PLAIN.fullmatch(text)) and not _DENSE.search(text) and "…" not in text
