"""Whether a program that a health check calls is in the image at all, as far as Dockerfile and base image tell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from readycheck.facts.image import BuiltImage
from readycheck.facts.lazily import lazy
from readycheck.link.services import repository

_PROBES = ("curl", "wget")
_SEGMENT = lazy(r"\|\||&&|[|;\n]")
_WRAPPERS = frozenset(
    {"sh", "bash", "/bin/sh", "/bin/bash", "ash", "exec", "timeout", "-c", "-ec", "nice", "time", "env"}
)
_ENDINGS = frozenset({"exit", "true", "false", "kill", "grep", "echo", ":", "test", "[", "jq", "head", "tail"})
_ALWAYS_TRUE = lazy(
    r"^(?:/bin/)?(?:true|:|echo\b[^|&;]{0,200}|exit 0|sh -c (?:true|exit 0))$|"
    r"(?:\|\||;)\s{0,4}(?:true|:|exit 0|echo [^|&;]{0,100})$"
)
# Official images made from Debian or Alpine, whose variants say what they leave out.
_LANGUAGES = frozenset("python node ruby golang rust openjdk perl elixir erlang haskell r-base julia".split())
_BARE = frozenset("debian ubuntu bitnami/minideb".split())
_BUSYBOX = lazy(r"alpine|busybox")
_SLIM = lazy(r"(?:^|-)slim(?:-|$)")


@dataclass(frozen=True, slots=True)
class Lack:
    """A program that is not there, and the image that does not have it."""

    program: str
    image: str


def always_succeeds(test: tuple[str, ...] | str) -> bool:
    """Whether a health check can not fail, so that it says nothing."""
    return _ALWAYS_TRUE.search(_text(test)) is not None


def lacks(test: tuple[str, ...] | str, base: str, built: BuiltImage | None) -> Lack | None:
    """The probe program of a test that its image lacks; None when it is there or nobody can tell.

    `base` is the outside image everything starts from. `test` is without `CMD` and `CMD-SHELL`.
    """
    programs = [name for part in _SEGMENT.split(_text(test)) if (name := _program(part))]
    asked = [name for name in programs if name not in _ENDINGS]
    if not asked or any(name not in _PROBES for name in asked):
        return None
    missing = [name for name in asked if _is_missing(name, base, built)]
    return Lack(missing[0], base or "scratch") if len(missing) == len(asked) else None


def _text(test: tuple[str, ...] | str) -> str:
    return (test if isinstance(test, str) else " ".join(test)).strip()


def _program(part: str) -> str:
    for word in part.replace("(", " ").replace("{", " ").split():
        if word in _WRAPPERS or "=" in word or word.isdigit() or word.startswith(("-", "$", "!")):
            continue
        return word.strip("\"'").rpartition("/")[2]
    return ""


def _is_missing(program: str, base: str, built: BuiltImage | None) -> bool:
    return _base_lacks(program, base) and not (built is not None and _may_bring(program, built))


def _base_lacks(program: str, base: str) -> bool:
    if base == "scratch" or "/distroless/" in base:
        return True
    name = repository(base).removeprefix("library/")
    tag = base.rpartition("/")[2].partition("@")[0].partition(":")[2].lower()
    if name in _LANGUAGES and _SLIM.search(tag):
        return True
    if name in _BARE:
        return True
    alpine = name == "alpine" or (name in _LANGUAGES | {"redis", "postgres"} and _BUSYBOX.search(tag) is not None)
    return alpine and program == "curl"


def _may_bring(program: str, built: BuiltImage) -> bool:
    """Whether a step of the image brings the program, or does something that cannot be seen through."""
    for stage in built.stages:
        for run in stage.all("RUN"):
            text = f"{run.text}\n" + "\n".join(document.text for document in run.heredocs)
            if re.search(rf"\b{program}\b", text) or re.search(
                r"\.sh\b|\bxargs\b|\$\{?\w*(?:PACKAGES|DEPS|PKGS)", text
            ):
                return True
            if re.search(r"\b(?:apt-get|apt|apk|yum|dnf|microdnf)\b[^&;|]{0,400}\$", text) or "playwright" in text:
                return True
    return any(
        copy.destination.rstrip("/") in {"", "/usr", "/usr/bin", "/bin", "/usr/local/bin"}
        and (
            (bool(copy.from_stage) and copy.destination.rstrip("/") != "/usr/local/bin")
            or any(program in s for s in copy.sources)
        )
        for copy in built.copies()
    )
