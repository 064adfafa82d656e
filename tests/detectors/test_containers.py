"""kinds: compose-service, dockerfile, kubernetes and env-file."""

from __future__ import annotations

from typing import Any

import pytest

from tests.detectors.helpers import result_of, verdict

COMPOSE = """\
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: ${PW:-tulip}
      OUTSIDE: ${NOWHERE}
    ports: ["5432:5432"]
  api:
    build: .
    user: "1000"
    privileged: true
    deploy:
      resources:
        limits: {memory: 512m}
"""


def _service(**tree: Any) -> dict[str, Any]:
    return {"kind": "compose-service", **tree}


@pytest.mark.parametrize(
    ("tree", "outcome", "places"),
    [
        (_service(kinds=["postgres"]), "fail", ["compose.yaml:2"]),
        (_service(kinds=["redis"]), "not_applicable", []),
        (_service(name=["a*"], key="user", missing=True), "pass", []),
        (_service(key="user", missing=True), "fail", ["compose.yaml:2"]),
        (_service(key="privileged", equals=True), "fail", ["compose.yaml:11"]),
        (_service(key="limits.memory", missing=True), "fail", ["compose.yaml:2"]),
        (_service(key="limits.memory", present=True, name=["api"]), "fail", ["compose.yaml:14"]),
        (_service(key="image", matches=":latest$"), "pass", []),
        (_service(key="environment.POSTGRES_PASSWORD", equals="tulip"), "fail", ["compose.yaml:5"]),
        (_service(key="environment.OUTSIDE", equals="x"), "unknown", []),
        (_service(key="ports", contains="5432:5432"), "fail", ["compose.yaml:7"]),
        (_service(key="healthcheck", missing=True, kinds=["postgres"]), "fail", ["compose.yaml:2"]),
    ],
)
def test_compose_services(tree: dict[str, Any], outcome: str, places: list[str]) -> None:
    files = {"compose.yaml": COMPOSE, "Dockerfile": "FROM python:3.12\nCMD python a.py\n"}
    assert verdict(tree, files) == (outcome, places)


def test_an_overlay_is_judged_merged() -> None:
    files = {
        "docker-compose.yml": "services:\n  api:\n    image: acme/api:1\n    restart: 'no'\n",
        "docker-compose.prod.yml": "services:\n  api:\n    restart: always\n",
    }
    assert verdict(_service(key="restart", equals="no"), files)[0] == "pass"


def test_values_of_variables_are_not_told() -> None:
    tree = _service(key="environment.POSTGRES_PASSWORD", present=True)
    assert "tulip" not in repr(result_of(tree, {"compose.yaml": COMPOSE}, message="{service} {key} {value}"))


DOCKERFILE = (
    "FROM node:20 AS build\nUSER root\nRUN npm ci\nFROM python:latest\nRUN pip install x\nUSER app\nCMD python a.py\n"
)


@pytest.mark.parametrize(
    ("tree", "outcome", "places"),
    [
        ({"instruction": "USER", "equals": "root"}, "pass", []),
        ({"instruction": "user", "equals": "app"}, "fail", ["Dockerfile:6"]),
        ({"instruction": "USER", "equals": "root", "stages": "all"}, "pass", []),
        ({"instruction": "HEALTHCHECK", "missing": True}, "fail", ["Dockerfile:4"]),
        ({"instruction": "USER", "missing": True}, "pass", []),
        ({"instruction": "FROM", "matches": ":latest$"}, "fail", ["Dockerfile:4"]),
        ({"instruction": "RUN", "contains": "npm"}, "pass", []),
        ({"instruction": "RUN", "contains": "pip install"}, "fail", ["Dockerfile:5"]),
    ],
)
def test_dockerfiles(tree: dict[str, Any], outcome: str, places: list[str]) -> None:
    assert verdict({"kind": "dockerfile", **tree}, {"Dockerfile": DOCKERFILE}) == (outcome, places)


def test_stages_that_are_copied_from_are_part_of_the_build() -> None:
    text = DOCKERFILE.replace("RUN pip", "COPY --from=build /x /x\nRUN pip")
    tree = {"kind": "dockerfile", "instruction": "RUN", "contains": "npm", "stages": "all"}
    assert verdict(tree, {"Dockerfile": text}) == ("fail", ["Dockerfile:3"])


def test_without_a_dockerfile_the_rule_does_not_apply() -> None:
    tree = {"kind": "dockerfile", "instruction": "USER", "missing": True}
    assert verdict(tree, {"a.py": ""}) == ("not_applicable", [])


MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  replicas: 1
  template:
    spec:
      hostNetwork: true
      securityContext:
        runAsNonRoot: true
      containers:
        - name: web
          image: acme/web:latest
          securityContext:
            privileged: true
          env:
            - name: DEBUG
              value: "true"
          livenessProbe:
            httpGet: {path: /health, port: 80}
"""


@pytest.mark.parametrize(
    ("field", "condition", "outcome", "places"),
    [
        ("replicas", {"equals": 1}, "fail", ["k.yaml:6"]),
        ("image", {"matches": ":latest$"}, "fail", ["k.yaml:14"]),
        ("securityContext.privileged", {"equals": True}, "fail", ["k.yaml:16"]),
        ("securityContext.runAsNonRoot", {"missing": True}, "pass", []),
        ("securityContext.readOnlyRootFilesystem", {"missing": True}, "fail", ["k.yaml:13"]),
        ("env.DEBUG", {"equals": True}, "fail", ["k.yaml:19"]),
        ("env.OTHER", {"present": True}, "pass", []),
        ("livenessProbe", {"missing": True}, "pass", []),
        ("readinessProbe", {"missing": True}, "fail", ["k.yaml:13"]),
        ("limits.memory", {"missing": True}, "fail", ["k.yaml:13"]),
        ("hostNetwork", {"equals": True}, "fail", ["k.yaml:2"]),
    ],
)
def test_kubernetes(field: str, condition: dict[str, Any], outcome: str, places: list[str]) -> None:
    assert verdict({"kind": "kubernetes", "field": field, **condition}, {"k.yaml": MANIFEST}) == (outcome, places)


def test_a_helm_template_is_unknown() -> None:
    text = MANIFEST.replace("replicas: 1", "replicas: {{ .Values.replicas }}")
    assert verdict({"kind": "kubernetes", "field": "replicas", "equals": 1}, {"k.yaml": text})[0] == "unknown"


@pytest.mark.parametrize(
    ("tree", "files", "outcome", "places"),
    [
        ({"name": ["DEBUG"], "equals": True}, {".env": "A=1\nDEBUG=yes\n"}, "fail", [".env:2"]),
        ({"name": ["DEBUG"], "equals": True}, {".env": "DEBUG=1\nDEBUG=0\n"}, "pass", []),
        ({"name": ["*_URL"], "matches": "^http:"}, {"prod.env": "A_URL=http://a.example\n"}, "fail", ["prod.env:1"]),
        ({"name": ["A"], "missing": True}, {".env": "B=1\n"}, "fail", [".env:0"]),
        ({"name": ["A"], "files": ["prod/*"]}, {".env": "A=1\n"}, "not_applicable", []),
        ({"name": ["A"]}, {".env.example": "A=1\n"}, "not_applicable", []),
    ],
)
def test_env_files(tree: dict[str, Any], files: dict[str, str], outcome: str, places: list[str]) -> None:
    assert verdict({"kind": "env-file", **tree}, files) == (outcome, places)
