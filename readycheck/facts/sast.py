"""bandit as an engine, routed: only its tests that can report high severity, only on files where their literals occur.

The only file that imports bandit.
"""

from __future__ import annotations

import functools
import io
import logging
from dataclasses import dataclass
from typing import Any

# bandit's tests that report at high severity, with the literals that each needs in the source. Tests that other rules
# of the catalogue already decide with the linked model (B201 debug, B501 verify, B105-B107, B608) are left to them.
ROUTES: dict[str, tuple[str, ...]] = {
    "B202": ("extractall",),
    "B324": ("hashlib", "crypt"),
    "B413": ("Crypto",),
    "B502": ("ssl",),
    "B504": ("ssl",),
    "B505": ("key_size", "RSA", "DSA", "generate_private_key"),
    "B507": ("AutoAddPolicy", "WarningPolicy"),
    "B508": ("CommunityData",),
    "B509": ("UsmUserData",),
    "B602": ("shell",),
    "B605": ("os.system", "os.popen", "popen2", "popen3", "popen4", "commands.getoutput", "system"),
    "B304": ("ARC2", "ARC4", "Blowfish", "DES", "XOR", "TripleDES", "IDEA", "CAST5", "SEED"),
    "B305": ("ECB",),
    "B312": ("telnetlib",),
    "B321": ("ftplib",),
    "B401": ("telnetlib",),
    "B402": ("ftplib",),
    "B412": ("CGIHandler",),
    "B701": ("jinja2",),
    "B702": ("mako",),
}


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
    return tuple(sorted({word.encode() for words in ROUTES.values() for word in words}))


@functools.cache
def _tests(names: frozenset[str]) -> Any:
    from bandit.core import config, test_set

    logging.getLogger("bandit").setLevel(logging.CRITICAL)
    return test_set.BanditTestSet(config.BanditConfig(), profile={"include": set(names), "exclude": set()})


def find_issues(path: str, data: bytes) -> tuple[Issue, ...]:
    """bandit's high-severity issues in one module that is known to parse; `# nosec` is not obeyed here."""
    lowered = data.lower()
    wanted = frozenset(test for test, words in ROUTES.items() if any(w.lower().encode() in lowered for w in words))
    if not wanted:
        return ()
    from bandit.core import meta_ast, metrics, node_visitor

    counts = metrics.Metrics()
    counts.begin(path)
    visitor = node_visitor.BanditNodeVisitor(path, io.BytesIO(data), meta_ast.BanditMetaAst(), _tests(wanted), False, {}, counts)
    visitor.process(data)
    found = []
    for issue in visitor.tester.results:
        if issue.severity == "HIGH":
            cwe = getattr(issue.cwe, "id", 0) or 0
            found.append(Issue(issue.test_id, issue.lineno, issue.col_offset + 1, issue.text, cwe, issue.confidence))
    return tuple(sorted(found, key=lambda i: (i.line, i.column, i.test)))
