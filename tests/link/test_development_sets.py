"""Which base compose files are for laptops, because something else deploys the project."""

from __future__ import annotations

import pytest

from readycheck.model import Role
from tests.link.helpers import project_of

RELOADS = "services:\n  api:\n    build: .\n    command: uvicorn main:app --reload\n"
PLAIN = "services:\n  api:\n    build: .\n    command: uvicorn main:app\n"
DOCKERFILE = 'FROM python:3.12-slim\nCMD ["uvicorn", "main:app"]\n'
PODS = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n"
    "      containers:\n        - name: api\n          image: acme/api:1.2\n"
)
MOUNTED = "services:\n  api:\n    build: .\n    command: flask run\n    volumes: ['.:/app']\n"


def _role(files: dict[str, str], path: str = "docker-compose.yml") -> Role:
    found = [c for c in project_of(files).deployment.compositions if c.chosen.files == (path,)]
    return found[0].role


@pytest.mark.parametrize(
    "files",
    [
        {"docker-compose.yml": RELOADS, "Procfile": "web: gunicorn main:app\n"},
        {"docker-compose.yml": f"# This file is for the **development** setup.\n# Production: see deploy/.\n{PLAIN}"},
        {"docker-compose.yml": f"# Do not use it: it is not meant for production!\n{PLAIN}"},
        {"docker-compose.yml": RELOADS, "k8s/api.yaml": PODS},
        {"docker-compose.yml": RELOADS, "deploy/helm/api/Chart.yaml": "name: api\nversion: 1.0.0\n"},
        {"docker-compose.yml": RELOADS, "fly.toml": "app = 'acme'\n"},
        {"docker-compose.yml": RELOADS, "app.yaml": "runtime: python312\n", ".gcloudignore": ".git\n"},
        {"docker-compose.yml": RELOADS, "config/deploy.yml": "service: acme\n"},
        {"docker-compose.yml": RELOADS, "deploy/docker-compose.prod.yml": PLAIN},
        {"docker-compose.yml": MOUNTED, "fly.toml": "app = 'acme'\n"},
        {
            "docker-compose.yml": "services:\n  api:\n    build: {context: ., target: dev}\n",
            "render.yaml": "services: []\n",
        },
        {"docker-compose.yml": f"{PLAIN}  mail:\n    image: axllent/mailpit:v1.20\n", "fly.toml": "app = 'acme'\n"},
        {
            "docker-compose.yml": "services:\n  web:\n    build: ./web\n    command: npm run dev\n",
            "web/fly.toml": "app = 'acme'\n",
        },
        {
            "docker-compose.yml": "services:\n  web:\n    build: .\n    command: npm start\n",
            "package.json": '{"name": "web", "scripts": {"start": "nodemon server.js"}}',
            "fly.toml": "app = 'acme'\n",
        },
        {"docker-compose.yml": "services:\n  db:\n    image: postgres:16\n", "Dockerfile": DOCKERFILE},
        {
            "api/docker-compose.yml": "services:\n  aws: {image: 'localstack/localstack'}\n  x: {image: 'acme/x:1'}\n",
            "api/Dockerfile": DOCKERFILE,
        },
    ],
)
def test_for_laptops(files: dict[str, str]) -> None:
    path = next(p for p in files if p.endswith("docker-compose.yml"))
    assert _role(files, path) is Role.DEVELOPMENT


@pytest.mark.parametrize(
    "files",
    [
        {"docker-compose.yml": RELOADS},
        {"docker-compose.yml": "services:\n  db:\n    image: postgres:16\n"},
        {"docker-compose.yml": "services:\n  db:\n    image: postgres:16\n", "site/Dockerfile": DOCKERFILE},
        {
            "docker-compose.yml": "services:\n  db:\n    image: postgres:16\n  api:\n    image: acme/api:1\n",
            "Dockerfile": DOCKERFILE,
        },
        {"docker-compose.yml": PLAIN, "Procfile": "web: gunicorn main:app\n"},
        {"docker-compose.yml": RELOADS, "other/Procfile": "web: gunicorn main:app\n"},
        {"docker-compose.yml": RELOADS, "examples/k8s/api.yaml": PODS},
        {"docker-compose.yml": RELOADS, "app.yaml": "name: settings of the app\n"},
        # A server of another program whose settings are mounted runs no source of the project.
        {
            "docker-compose.yml": "services:\n  x:\n    image: y\n    command: flask run\n    volumes: ['./c:/c']\n",
            "fly.toml": "app = 'acme'\n",
        },
        {
            "docker-compose.yml": f"{PLAIN}  mail:\n    image: axllent/mailpit:v1.20\n    profiles: [dev]\n",
            "fly.toml": "app = 'acme'\n",
        },
    ],
)
def test_production_all_the_same(files: dict[str, str]) -> None:
    assert _role(files) is Role.PRODUCTION


def test_a_lab_of_its_own_below_a_deployed_project_is_its_own_deployment() -> None:
    files = {"Procfile": "web: gunicorn main:app\n", "labs/one/docker-compose.yml": RELOADS}
    assert _role(files, "labs/one/docker-compose.yml") is Role.PRODUCTION


def test_a_file_that_says_production_stays_production() -> None:
    files = {"production/docker-compose.yml": RELOADS, "fly.toml": "app = 'acme'\n"}
    assert _role(files, "production/docker-compose.yml") is Role.PRODUCTION


def test_the_image_is_judged_for_what_runs_it() -> None:
    units = project_of({"docker-compose.yml": RELOADS, "Dockerfile": DOCKERFILE, "fly.toml": "x = 1\n"}).deployment
    assert [unit.source for unit in units.production()] == ["dockerfile"]


def test_the_image_is_not_judged_where_nothing_runs_it() -> None:
    files = {"docker-compose.yml": RELOADS, "Dockerfile": DOCKERFILE, "Procfile": "web: gunicorn main:app\n"}
    assert [unit.source for unit in project_of(files).deployment.production()] == ["procfile"]
    files = {"docker-compose.yml": RELOADS, "Dockerfile": DOCKERFILE, "Dockerfile.prod": DOCKERFILE, "fly.toml": "\n"}
    assert [unit.dockerfile for unit in project_of(files).deployment.production()] == ["Dockerfile.prod"]
