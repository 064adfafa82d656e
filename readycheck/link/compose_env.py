"""The environment of a service: its `environment` over its env files, each value with where it came from."""

from __future__ import annotations

from readycheck.link.compose_load import Loader
from readycheck.link.compose_model import EnvFileUse, EnvVar
from readycheck.link.compose_scope import Scope, resolve_entries
from readycheck.link.compose_tree import Branch, Leaf, Row, Tree, text_of, truthy
from readycheck.link.interpolate import defaulted, missing, required
from readycheck.model import Location


def environment_of(service: Branch, scope: Scope, loader: Loader) -> tuple[dict[str, EnvVar], tuple[EnvFileUse, ...]]:
    """Every variable of the container, and the env files it names."""
    declared = service.get("environment")
    own = {
        name: variable_of(name, leaf, scope)
        for name, leaf in (declared.items.items() if isinstance(declared, Branch) else ())
        if isinstance(leaf, Leaf)
    }
    from_files: dict[str, EnvVar] = {}
    uses: list[EnvFileUse] = []
    listed = service.get("env_file")
    for entry in listed.items if isinstance(listed, Row) else ():
        if not isinstance(entry, Branch):
            continue
        use = _env_file(entry, loader)
        uses.append(use)
        if use.exists:
            _read_into(from_files, use.path, own, scope, loader, raw=entry.text("format") == "raw")
        elif use.required:
            loader.report(use.location, f"env file {use.path} does not exist")
    return {**from_files, **own}, tuple(uses)


def variable_of(name: str, leaf: Leaf, scope: Scope) -> EnvVar:
    """A variable as written under `environment` or `args`; without a value it comes from outside, if it is known."""
    return EnvVar(
        name=name,
        value=scope.lookup(name) if leaf.value is None else leaf.text,
        raw=leaf.raw if leaf.value is not None else "",
        location=leaf.location,
        defaulted=defaulted(leaf.uses),
        missing=missing(leaf.uses),
        required=required(leaf.uses),
    )


def _env_file(entry: Branch, loader: Loader) -> EnvFileUse:
    path = entry.text("path")
    needed: Tree | None = entry.get("required")
    return EnvFileUse(
        path=path,
        required=needed is None or text_of(needed) == "" or truthy(needed),
        exists=path in loader.env_files,
        location=entry.location,
    )


def _read_into(
    found: dict[str, EnvVar], path: str, own: dict[str, EnvVar], scope: Scope, loader: Loader, *, raw: bool
) -> None:
    def lookup(name: str) -> str | None:
        if name in scope.values:
            return scope.values[name]
        if name in own and own[name].value is not None:
            return own[name].value
        return found[name].value if name in found else None

    file = loader.env_files[path]
    for problem in file.problems:
        loader.report(Location(path, problem.line), problem.reason)
    for entry, result in resolve_entries(file, lookup, raw):
        for error in result.errors:
            loader.report(Location(path, entry.line), error)
        found[entry.name] = EnvVar(
            name=entry.name,
            value=result.text,
            raw=result.raw,
            location=Location(path, entry.line),
            origin="env_file",
            defaulted=result.defaulted,
            missing=result.missing,
            required=result.required,
        )
