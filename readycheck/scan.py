"""The conductor: collect, extract (pool, cache), link, audit, score. Nobody else knows the order."""

from __future__ import annotations

import datetime
import gc
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from readycheck import __version__
from readycheck.audit import Audit, run
from readycheck.cache import Cache, content_digest
from readycheck.catalogue import Catalogue
from readycheck.checklist import score
from readycheck.facts.file import (
    FileFacts,
    Options,
    build_gate,
    extract,
    with_configuration,
    without_configuration,
)
from readycheck.facts.packing import pack, unpack
from readycheck.link.project import Listing, Project
from readycheck.link.removed_files import holds_credential, is_secret_file
from readycheck.link.roles import role_of
from readycheck.model import NotScanned, Outcome, Report, Role, Target, TargetError, Tool
from readycheck.targets import git, history
from readycheck.targets.kinds import printable
from readycheck.targets.reading import Reader, decode
from readycheck.targets.repo import SourceFile, Tree, collect

# Below this many bytes to extract, starting workers costs more than it saves.
POOL_THRESHOLD = {"fork": 1_500_000, "spawn": 5_000_000}
CHUNK_BYTES = 400_000
SECRET_FILES = (
    ".env",
    ".env.*",
    "*.pem",
    "*.key",
    "id_rsa",
    "id_ed25519",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "credentials.json",
    "*.tfstate",
)
_SHALLOW = frozenset({Role.TEST, Role.VENDORED, Role.GENERATED, Role.DOCUMENTATION})

Progress = Callable[[int, int], None]


def scan(
    target: Path,
    catalogue: Catalogue,
    *,
    compose: Sequence[str] = (),
    jobs: int = 0,
    cache: Cache | None = None,
    progress: Progress | None = None,
) -> Report:
    """Judges one target. Raises TargetError when it does not exist or holds nothing to scan."""
    # Facts are trees that live to the end of the run: looking for garbage among them costs more than it frees.
    gc.disable()
    tree = collect(target)
    if not tree.files:
        raise TargetError(f"{target}: nothing to scan")
    options = _options(catalogue, cache.digest_key() if cache else os.urandom(32))
    chosen = _relative(compose, tree.root)
    with _removed_files(tree, cache) as removed:
        files, unread = _extract_all(tree, options, jobs or os.cpu_count() or 1, cache, progress)
        listing = _listing(tree, removed(options))
    project = Project(files, listing, chosen)
    audit = run(catalogue, project)
    problems = [NotScanned(printable(f.path), f.problem) for f in files.values() if f.problem]
    problems += [
        NotScanned(printable(p.location.path), f"line {p.location.line}: {p.text}")
        for c in project.deployment.compositions
        for p in c.model.problems
        if p.lost
    ]
    commit = tree.git.commit if tree.git else None
    composed = tuple(dict.fromkeys(p for c in project.deployment.compositions for p in c.model.files))
    about = Target(printable(str(target)), commit, composed, None, len(files))
    return report(catalogue, audit, about, [*tree.not_scanned, *unread, *problems])


def _options(catalogue: Catalogue, key: bytes) -> Options:
    interest, patterns = catalogue.interest, catalogue.patterns
    return Options(interest, key, build_gate(interest, patterns), patterns)


def judge(files: Mapping[str, bytes], catalogue: Catalogue) -> tuple[Project, Audit]:
    """Judges files that are in memory, as if all of them were tracked: for examples of rules and proofs of fixes."""
    options = _options(catalogue, b"examples")
    facts = {path: extract(path, data, options, role_of(path) in _SHALLOW) for path, data in sorted(files.items())}
    project = Project(facts, Listing(frozenset(files), frozenset(files)))
    return project, run(catalogue, project)


def report(catalogue: Catalogue, audit: Audit, about: Target, not_scanned: Iterable[NotScanned]) -> Report:
    """The answers of an audit as the report that every renderer reads."""
    counts = Counter(result.outcome for result in audit.results)
    return Report(
        Tool("readycheck", __version__, catalogue.digest),
        about,
        score(audit.results),
        {outcome.value: counts[outcome] for outcome in Outcome},
        audit.results,
        tuple(sorted(set(not_scanned), key=lambda n: (n.path, n.reason))),
        audit.errors,
        datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )


def _relative(compose: Sequence[str], root: Path) -> tuple[str, ...]:
    found = []
    for name in compose:
        path = Path(name)
        for candidate in (path if path.is_absolute() else root / path, path.absolute()):
            if candidate.is_file() and candidate.resolve().is_relative_to(root.resolve()):
                found.append(candidate.resolve().relative_to(root.resolve()).as_posix())
                break
        else:
            raise TargetError(f"--compose {name}: no such file in {root}")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Removed:
    """What history tells of removed secret files, with the verdicts on those that were read and never their text."""

    files: tuple[tuple[str, str], ...] = ()
    held: Mapping[str, bool] = field(default_factory=dict)


def _listing(tree: Tree, removed: _Removed) -> Listing:
    paths = frozenset(f.path for f in tree.files)
    executable = frozenset(f.path for f in tree.files if f.executable)
    if tree.git is None:
        return Listing(paths, executable=executable)
    return Listing(paths, tree.git.tracked, tree.git.ignored_tracked, removed.files, executable, removed.held)


@contextmanager
def _removed_files(tree: Tree, cache: Cache | None) -> Iterator[Callable[[Options], _Removed]]:
    """Asks git for removed secret files while the body runs; what a commit's history holds never changes."""
    state = tree.git
    if state is None or state.commit is None:
        yield lambda options: _Removed()
        return
    key = cache.key(state.commit, f"removed files of {state.prefix}") if cache else b""
    known = cache.get_many([key]).get(key) if cache else None
    if known is not None:
        files, held = json.loads(known)
        yield lambda options: _Removed(tuple((path, commit) for path, commit in files), held)
        return
    begun = history.begin(tree.root, state.shallow)

    def finish(options: Options) -> _Removed:
        found = history.look(tree.root, SECRET_FILES, shallow=state.shallow, begun=begun)
        held = _held(tree.root, found.removed, options)
        if cache is not None and not found.reason:
            cache.put_many([(key, json.dumps([found.removed, held]).encode())])
        return _Removed(found.removed, held)

    try:
        yield finish
    finally:
        if begun is not None:
            git.stop(begun)


def _held(root: Path, removed: Sequence[tuple[str, str]], options: Options) -> dict[str, bool]:
    """Which removed files held a credential, of those that could be read as text. Nothing else of them is kept."""
    held: dict[str, bool] = {}
    for path, data in history.contents(root, [r for r in removed if is_secret_file(r[0])]).items():
        text = _utf8(data)
        if text is not None:
            held[path] = holds_credential(extract(path, text, options))
    return held


def _extract_all(
    tree: Tree, options: Options, jobs: int, cache: Cache | None, progress: Progress | None
) -> tuple[dict[str, FileFacts], list[NotScanned]]:
    found: dict[str, FileFacts] = {}
    unread: list[NotScanned] = []
    todo = list(tree.files)
    if cache is not None:
        todo = _from_cache(tree, cache, options, found)
    done = len(found)
    fresh: list[tuple[bytes, bytes]] = []
    for results in _work(tree.root, todo, options, jobs):
        for path, identity, blob in results:
            if isinstance(blob, NotScanned):
                unread.append(blob)
                continue
            facts: FileFacts = unpack(blob)
            found[path] = facts
            if cache is not None and not _may_repeat_a_secret(facts):
                fresh.append((cache.key(identity, path), _stored(facts, blob)))
        done += len(results)
        if progress is not None:
            progress(done, len(tree.files))
    if cache is not None and fresh:
        cache.put_many(fresh)
        cache.prune()
    return dict(sorted(found.items())), unread


def _may_repeat_a_secret(facts: FileFacts) -> bool:
    """Whether code holds a credential: the same text may stand in it where no name tells that it is one."""
    code = facts.python is not None or facts.javascript is not None
    return code and any(credential.kind != "placeholder" for credential in facts.credentials)


def _stored(facts: FileFacts, blob: bytes) -> bytes:
    """What the cache may keep. Configuration as it is written may hold secrets: it is read anew each time."""
    kept, left_out = without_configuration(facts)
    return bytes([left_out]) + (pack(kept) if left_out else blob)


def _from_cache(tree: Tree, cache: Cache, options: Options, found: dict[str, FileFacts]) -> list[SourceFile]:
    """Fills in what is known of unchanged files and returns the others."""
    empty = content_digest(b"")
    known = {f.path: cache.key(f.content_id or empty, f.path) for f in tree.files if f.content_id or not f.size}
    blobs = cache.get_many(known.values())
    reader = Reader(tree.root)
    todo = []
    for file in tree.files:
        blob = blobs.get(known.get(file.path, b""))
        facts: FileFacts | None = None if blob is None else unpack(memoryview(blob)[1:])
        if facts is not None and blob is not None and blob[0]:
            data = reader.read(file.path)
            text = None if isinstance(data, NotScanned) else _utf8(data)
            facts = None if text is None else with_configuration(facts, blob[0], text, options)
        if facts is None:
            todo.append(file)
        else:
            found[file.path] = facts
    return todo


Result = tuple[str, str, bytes | NotScanned]


def _work(root: Path, files: Sequence[SourceFile], options: Options, jobs: int) -> Iterator[list[Result]]:
    """Extracts the files in chunks, in workers when there is enough to do."""
    method = "fork" if sys.platform == "linux" else "spawn"
    chunks = list(_chunks(files))
    if jobs < 2 or len(chunks) < 2 or sum(f.size for f in files) < POOL_THRESHOLD[method]:
        _start(root, options)
        yield from map(_extract_chunk, chunks)
        return
    options.gate.hits(b"")  # built before the fork, so that every worker inherits it
    with ProcessPoolExecutor(min(jobs, len(chunks)), get_context(method), _start, (root, options)) as pool:
        yield from pool.map(_extract_chunk, chunks)


def _chunks(files: Sequence[SourceFile]) -> Iterator[list[tuple[str, str]]]:
    """Groups of files of about equal size, the large files first so that no worker is left with one at the end."""
    chunk: list[tuple[str, str]] = []
    size = 0
    for file in sorted(files, key=lambda f: (-f.size, f.path)):
        chunk.append((file.path, file.content_id))
        size += file.size + 200
        if size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


class _Worker:
    """What a worker process keeps between chunks."""

    reader: Reader
    options: Options


def _start(root: Path, options: Options) -> None:
    _Worker.reader = Reader(root)
    _Worker.options = options
    # Syntax trees are full of objects and free of cycles worth finding while they live; what is older stays anyway.
    gc.disable()
    gc.freeze()


def _extract_chunk(chunk: list[tuple[str, str]]) -> list[Result]:
    results: list[Result] = []
    for path, content_id in chunk:
        data = _Worker.reader.read(path)
        if isinstance(data, NotScanned):
            results.append((path, "", data))
            continue
        identity = content_id or content_digest(data)
        text = _utf8(data)
        if text is None:
            results.append((path, "", NotScanned(printable(path), "binary: NUL bytes and no byte order mark")))
            continue
        facts = extract(path, text, _Worker.options, role_of(path) in _SHALLOW)
        results.append((path, identity, pack(facts)))
    gc.collect(0)
    return results


def _utf8(data: bytes) -> bytes | None:
    """The bytes as UTF-8 whatever text they were; None for a binary file."""
    if data.isascii() and b"\0" not in data:
        return data
    decoded = decode(data)
    return None if decoded is None else decoded[0].encode("utf-8", "replace")
