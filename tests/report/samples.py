"""Reports that the renderer tests share. All values are invented."""

from __future__ import annotations

from collections.abc import Iterable

from readycheck.checklist import score
from readycheck.model import (
    CheckResult,
    Confidence,
    Evidence,
    Finding,
    NotScanned,
    Outcome,
    Report,
    Role,
    RuleFailure,
    Severity,
    Step,
    Target,
    Tool,
)

CREATED = "2026-01-02T03:04:05Z"


def report_of(
    results: Iterable[CheckResult],
    not_scanned: tuple[NotScanned, ...] = (),
    errors: tuple[RuleFailure, ...] = (),
    target: Target | None = None,
) -> Report:
    kept = tuple(results)
    counts = {outcome.value: sum(r.outcome is outcome for r in kept) for outcome in Outcome}
    return Report(
        tool=Tool("readycheck", "0.1.0", "c0ffee"),
        target=target or Target("acme-billing", "3f2c9aa1b2c3d4", ("docker-compose.yml",), None, 412),
        score=score(kept),
        summary=counts,
        results=kept,
        not_scanned=not_scanned,
        errors=errors,
        created=CREATED,
    )


def finding(
    path: str,
    line: int,
    message: str,
    *,
    chain: tuple[Step, ...] = (),
    role: Role = Role.PRODUCTION,
    confidence: Confidence = Confidence.HIGH,
    counts: bool = True,
) -> Finding:
    return Finding(path, line, 1, message, confidence, role, "repo", f"fp-{path}-{line}", counts, chain)


def empty_report() -> Report:
    return report_of((), target=Target("empty", None))


def each_outcome() -> Report:
    return report_of(_results(), _NOT_SCANNED, (RuleFailure("OBS025", "KeyError in obs025"),))


def many_findings(count: int) -> Report:
    """`count` places spread over a few rules, most of them in one."""
    places = [
        finding(f"src/module_{number // 10}.py", number + 1, "a password is written here") for number in range(count)
    ]
    split = count * 3 // 4
    return report_of(
        [
            CheckResult(
                "SEC001", "hardcoded-credential", "No credential is written in a tracked file", "secrets",
                Severity.CRITICAL, Outcome.FAIL, f"{split} places", tuple(places[:split]),
            ),
            CheckResult(
                "INJ001", "sql-built-from-text", "SQL is never built from text", "injection",
                Severity.HIGH, Outcome.FAIL, f"{count - split} places", tuple(places[split:]),
            ),
        ]
    )  # fmt: skip


_NOT_SCANNED = (
    NotScanned("web/bundle.min.js", "minified"),
    NotScanned("web/vendor.min.js", "minified"),
    NotScanned("data/dump.bin", "binary"),
)


def _results() -> list[CheckResult]:
    mode = (
        Step("app/main.py", 182, "reads settings.ENVIRONMENT"),
        Step("app/config.py", 18, 'default "development"'),
        Step("", 0, "set by no deployment (docker-compose.yml)"),
    )
    credential = "password in a connection URL (postgresql), value Np…, production"
    return [
        CheckResult(
            "SEC001", "hardcoded-credential", "No credential is written in a tracked file", "secrets",
            Severity.CRITICAL, Outcome.FAIL, "4 places",
            (
                finding("docker-compose.yml", 62, credential),
                finding("docker-compose.yml", 93, credential),
                finding("scripts/migrate_old.py", 44, credential, role=Role.TOOLING),
                finding("app/seed.py", 7, "password literal, value hu…", confidence=Confidence.MEDIUM),
                finding("tests/test_login.py", 12, "password literal, value te…", role=Role.TEST, counts=False),
            ),
        ),
        CheckResult(
            "CFG010", "production-mode", "Production code runs in production mode", "config",
            Severity.HIGH, Outcome.FAIL, "1 place",
            (finding("app/config.py", 18, 'ENVIRONMENT is "development" wherever this is deployed', chain=mode),),
        ),
        CheckResult(
            "CTR010", "resource-limits", "Every service has limits", "containers", Severity.MEDIUM, Outcome.PARTIAL,
            "2 of 3 services", (finding("docker-compose.yml", 30, "worker has no memory limit"),),
            (
                Evidence("docker-compose.yml", 12, "api: memory 512M", "service api"),
                Evidence("docker-compose.yml", 22, "db: memory 1G", "service db"),
            ),
        ),
        CheckResult(
            "CTR015", "healthcheck", "Every service has a healthcheck", "containers", Severity.LOW, Outcome.FAIL,
            "no service has one", (),
        ),
        CheckResult(
            "WEB001", "wildcard-cors", "Only named origins may read responses across origins", "web-security",
            Severity.CRITICAL, Outcome.PASS, "1 middleware", (),
            (Evidence("app/main.py", 40, "allow_origins names 2 origins", "mounted on app"),),
        ),
        CheckResult(
            "INJ001", "sql-built-from-text", "SQL is never built from text", "injection", Severity.HIGH, Outcome.PASS,
            "searched 412 Python files",
        ),
        CheckResult(
            "DATA005", "postgres-tls", "Connections to PostgreSQL are encrypted", "data", Severity.HIGH,
            Outcome.NOT_APPLICABLE, "no PostgreSQL in this project",
        ),
        CheckResult(
            "TLS001", "https", "HTTPS is reachable and trusted", "tls", Severity.CRITICAL, Outcome.UNKNOWN,
            "needs a live endpoint (--endpoint URL)",
        ),
        CheckResult(
            "TLS006", "hsts", "Browsers are told to stay on HTTPS", "tls", Severity.HIGH, Outcome.UNKNOWN,
            "nginx.conf could not be parsed",
        ),
        CheckResult(
            "OBS025", "alerts-loaded", "Alert rules are loaded", "observability", Severity.MEDIUM, Outcome.ERROR,
            "the rule broke",
        ),
        CheckResult(
            "AUTH009", "no-token-in-storage", "No token lies in localStorage", "auth", Severity.HIGH, Outcome.WAIVED,
            "accepted until 2026-03-01 by the web team", (finding("web/auth.ts", 5, "the JWT is stored"),),
        ),
        CheckResult(
            "DOC001", "runbook", "There is a runbook", "docs", Severity.LOW, Outcome.ATTESTED, "seen by ops",
        ),
    ]  # fmt: skip
