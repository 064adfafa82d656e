"""bandit as an engine, routed: only its tests that can report high severity, only on files where their literals occur.

The only file that imports bandit.
"""

from __future__ import annotations

import ast
import functools
import io
import logging
import warnings
from dataclasses import dataclass
from typing import Any

from readycheck.facts.lazily import lazy

# bandit's tests that report at high severity, with what each needs in the source: a literal for the gate, a pattern for
# the place. Tests that other rules decide with the linked model (B201 debug, B501 verify, B105-B107, B608) are theirs.
ROUTES: tuple[tuple[str, str, str], ...] = (
    ("B202", "extractall", r"extractall"),
    ("B324", "hashlib", r"\bmd[245]\b|\bsha1?\b|hashlib\.new|\bcrypt\."),
    ("B413", "Crypto.", r"\bCrypto\."),
    ("B502", "PROTOCOL_", r"PROTOCOL_(?:SSL|TLSv1)"),
    ("B505", "generate_private_key", r"generate_private_key|\b(?:RSA|DSA)\.generate"),
    ("B507", "set_missing_host_key_policy", r"set_missing_host_key_policy"),
    ("B508", "CommunityData", r"CommunityData"),
    ("B509", "UsmUserData", r"UsmUserData"),
    ("B602", "shell", r"\bshell\s{0,4}=\s{0,4}(?:True|1)"),
    ("B605", "os.system", r"\bos\.system\b"),
    ("B605", "popen", r"\bpopen[234]?\b"),
    ("B605", "getoutput", r"\bgetoutput\b|getstatusoutput"),
    ("B304", "Cipher", r"\bARC[24]\b|Blowfish|\bDES\b|TripleDES|\bXOR\b|\bIDEA\b|CAST5|\bSEED\b"),
    ("B305", "ECB", r"\bECB\b"),
    ("B312", "telnetlib", r"telnetlib"),
    ("B321", "ftplib", r"ftplib"),
    ("B401", "telnetlib", r"telnetlib"),
    ("B402", "ftplib", r"ftplib"),
    ("B412", "CGIHandler", r"CGIHandler"),
    ("B701", "jinja2", r"\bEnvironment\b"),
    ("B702", "mako", r"\bTemplate\b"),
)
_PLACES = tuple((test, lazy(pattern.encode())) for test, _, pattern in ROUTES)


@dataclass(frozen=True, slots=True)
class Issue:
    """One bandit issue of high severity. `text` is bandit's own sentence, which quotes no source."""

    test: str
    line: int
    column: int
    text: str
    cwe: int
    confidence: str


def gate_literals() -> tuple[bytes, ...]:
    """A file without any of these has nothing for the routed tests."""
    return tuple(sorted({literal.encode() for _, literal, _ in ROUTES}))


@functools.cache
def _tests(names: frozenset[str]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of bandit's own plugin loader; nothing a user could act on
        from bandit.core import config, test_set

    logging.getLogger("bandit").setLevel(logging.CRITICAL)
    return test_set.BanditTestSet(config.BanditConfig(), profile={"include": set(names), "exclude": set()})


def find_issues(path: str, data: bytes, tree: ast.Module) -> tuple[Issue, ...]:
    """bandit's high-severity issues in one module; `# nosec` is not obeyed here."""
    wanted: set[str] = set()
    lines: set[int] = set()
    for test, pattern in _PLACES:
        for match in pattern.finditer(data):
            wanted.add(test)
            lines.add(data.count(b"\n", 0, match.start()) + 1)
    if not wanted:
        return ()
    data = _excerpt(data, tree, lines)
    tests = _tests(frozenset(wanted))
    from bandit.core import meta_ast, metrics, node_visitor

    counts = metrics.Metrics()
    counts.begin(path)
    visitor = node_visitor.BanditNodeVisitor(path, io.BytesIO(data), meta_ast.BanditMetaAst(), tests, False, {}, counts)
    visitor.process(data)
    found = []
    for issue in visitor.tester.results:
        if issue.severity == "HIGH":
            cwe = getattr(issue.cwe, "id", 0) or 0
            found.append(Issue(issue.test_id, issue.lineno, issue.col_offset + 1, issue.text, cwe, issue.confidence))
    return tuple(sorted(found, key=lambda i: (i.line, i.column, i.test)))


def _excerpt(data: bytes, tree: ast.Module, lines: set[int]) -> bytes:
    """The module with every top-level statement blanked that is no import and holds none of the lines.

    bandit's visitor costs ten times a parse; its tests look at one call and at the imports of the module.
    """
    source = data.split(b"\n")
    kept = [b""] * len(source)
    for statement in tree.body:
        first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])
        last = statement.end_lineno or statement.lineno
        has_import = isinstance(statement, ast.Import | ast.ImportFrom | ast.Try | ast.If)
        if has_import or any(first <= line <= last for line in lines):
            kept[first - 1 : last] = source[first - 1 : last]
    return b"\n".join(kept)
