"""What each file is for, by its path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.link.roles import role_of
from readycheck.model import Role
from tests.link.helpers import project_of

PATHS = {
    Role.PRODUCTION: (
        "app/main.py src/server.ts docker-compose.yml docker-compose.prod.yml compose.yaml Dockerfile .env "
        "k8s/deployment.yaml requirements.txt requirements/base.txt settings.py config/settings/production.py "
        "app/contest.py app/latest.py src/attestation/main.py public/robots.txt nginx/nginx.conf app/templates/a.html "
        "src/components/preview/a.tsx src/protest/x.py app/testimonials.py src/specification.ts"
    ),
    Role.TEST: (
        "tests/test_a.py app/tests/x.py test_a.py a_test.py conftest.py src/a.test.ts src/__tests__/a.js cypress/x.js "
        "e2e/a.ts docker-compose.test.yml docker-compose.ci.yml .env.test settings_test.py settings/testing.py "
        "Dockerfile.test fixtures/a.json benchmarks/x.py settings/unittests.py pytest.ini a.stories.tsx "
        "src/test-utils/factory.ts _unit-test/setup.sh testserver.py _integration-test/roots/a.py "
        "docker/test-nginx.conf docker/entrypoint-integration-tests.sh"
    ),
    Role.DEVELOPMENT: (
        "docker-compose.override.yml docker-compose.dev.yml compose.local.yaml docker-compose.local.yml Dockerfile.dev "
        "settings/dev.py config/settings/local.py .env.development .devcontainer/devcontainer.json .vscode/x.json "
        "Vagrantfile .gitpod.yml api/.env.devcontainer infra/preview/web.service"
    ),
    Role.EXAMPLE: (
        ".env.example env.sample config.yaml.dist examples/app.py samples/x.js .env.template demo/main.py "
        "docker-compose.example.yml settings.example.py .examples/web/Dockerfile"
    ),
    Role.DOCUMENTATION: "README.md docs/conf.yml docs/a/b.py CHANGELOG guide.rst notes.txt analysis.ipynb",
    Role.TOOLING: (
        "scripts/seed.py manage.py .github/workflows/ci.yml Makefile migrations/0001_initial.py alembic/versions/a.py "
        "setup.py gulpfile.js app/management/commands/x.py"
    ),
    Role.VENDORED: "node_modules/a/b.js vendor/x.py static/vendor/a.js a/jquery-3.js dist/app.min.js third_party/z.c",
    Role.GENERATED: "a_pb2.py package-lock.json poetry.lock src/__generated__/x.ts api.generated.ts uv.lock",
}


@pytest.mark.parametrize(("role", "path"), [(role, path) for role, paths in PATHS.items() for path in paths.split()])
def test_roles(role: Role, path: str) -> None:
    assert role_of(path) is role


@given(st.text(max_size=200))
def test_every_path_has_a_role(path: str) -> None:
    assert role_of(path) in Role


def test_a_compose_file_has_the_role_of_its_set() -> None:
    project = project_of({"docker-compose.yml": "services:\n  a:\n    image: x:1\n"})
    assert project.role("docker-compose.yml") is Role.PRODUCTION
    assert [path for path, _ in project.in_role(Role.PRODUCTION)] == ["docker-compose.yml"]
