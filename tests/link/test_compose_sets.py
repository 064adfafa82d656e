"""Which compose files are judged together, and what for."""

from __future__ import annotations

import pytest

from readycheck.facts.compose import parse_compose
from readycheck.link.compose_sets import compose_sets, is_compose_name
from readycheck.model import Role

FULL = "services: {web: {image: x}, db: {image: y}}"
PART = "services: {web: {restart: always}}"


def _sets(files: dict[str, str]) -> list[tuple[tuple[str, ...], Role]]:
    parsed = {path: parse_compose(text.encode()) for path, text in files.items()}
    return [(found.files, found.role) for found in compose_sets(parsed)]


P, D, T = Role.PRODUCTION, Role.DEVELOPMENT, Role.TEST


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"compose.yaml": FULL}, [(("compose.yaml",), P)]),
        (
            {"docker-compose.yml": FULL, "docker-compose.prod.yml": PART},
            [(("docker-compose.yml", "docker-compose.prod.yml"), P)],
        ),
        ({"docker-compose.yml": FULL, "docker-compose.prod.yml": FULL}, [(("docker-compose.prod.yml",), P)]),
        (
            {"docker-compose.yml": FULL, "docker-compose.override.yml": PART, "docker-compose.test.yml": FULL},
            [
                (("docker-compose.yml",), P),
                (("docker-compose.yml", "docker-compose.override.yml"), D),
                (("docker-compose.test.yml",), T),
            ],
        ),
        (
            {"compose.yml": FULL, "compose.test.yml": FULL, "compose.test.override.yml": PART},
            [(("compose.yml",), P), (("compose.test.yml", "compose.test.override.yml"), T), (("compose.test.yml",), T)],
        ),
        ({"compose.yml": FULL, "deploy/compose.prod.yml": PART}, [
            (("compose.yml",), P), (("compose.yml", "deploy/compose.prod.yml"), P)]),
        ({"compose.yml": FULL, "compose.monitoring.yml": FULL}, [
            (("compose.yml",), P), (("compose.monitoring.yml",), P)]),
        ({"compose.base.yml": FULL, "compose.prod.yml": PART}, [(("compose.base.yml", "compose.prod.yml"), P)]),
        ({"compose.yml": f"include: [sub/compose.yml]\n{FULL}", "sub/compose.yml": FULL}, [(("compose.yml",), P)]),
        ({"compose.yml": "services: {a: {extends: {file: common.yml, service: b}}}", "common.yml": FULL},
         [(("compose.yml",), P)]),
        ({"examples/compose.yml": FULL}, [(("examples/compose.yml",), Role.EXAMPLE)]),
        ({"tests/compose.prod.yml": FULL}, [(("tests/compose.prod.yml",), T)]),
        ({".devcontainer/docker-compose.yml": FULL}, [((".devcontainer/docker-compose.yml",), D)]),
        ({".github/workflows/deploy-docker-compose.yml": "on: push\njobs: {}\nservices: {}"}, []),
        ({"stack.yml": FULL, "values.yml": "services: [a]", "k8s.yml": "kind: X\nservices: {a: {image: b}}"},
         [(("stack.yml",), P)]),
        ({"compose.yml": "services: [broken"}, [(("compose.yml",), P)]),
    ],
)  # fmt: skip
def test_sets(files: dict[str, str], expected: list[tuple[tuple[str, ...], Role]]) -> None:
    assert _sets(files) == expected


def test_what_the_user_names_is_the_only_set() -> None:
    found = compose_sets({"compose.yml": parse_compose(FULL.encode())}, ["b.yml", "c.yml"])
    assert [(one.files, one.role) for one in found] == [(("b.yml", "c.yml"), P)]


def test_names() -> None:
    named = ["docker-compose.yml", "a/compose.prod.yaml", "prod-compose.yml", "decompose.yml", "compose.txt"]
    assert [path for path in named if is_compose_name(path)] == named[:3]
