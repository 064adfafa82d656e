"""What each file is for, by where it stands and what it is called. A role never drops a finding; it sets its tier."""

from __future__ import annotations

import functools
import re

from readycheck.facts.lazily import lazy
from readycheck.model import Role

# Paths are looked at with a slash before them: a pattern that begins with one is tried at each folder alone.
_VENDORED = lazy(
    r"/(vendor|vendors|third_party|third-party|thirdparty|node_modules|bower_components|site-packages|_vendor|"
    r"external_libs|static/lib|static/libs|static/vendor|public/lib|assets/vendor)/|\.min\.(js|css|mjs)$|/jquery[^/]*\.js$",
    re.IGNORECASE,
)
_GENERATED = lazy(
    r"/(__generated__|generated|\.next|storybook-static)/|_pb2(_grpc)?\.pyi?$|\.generated\.\w+$|\.gen\.\w+$|"
    r"/(package-lock\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|uv\.lock|Pipfile\.lock|composer\.lock|Cargo\.lock|go\.sum|bun\.lockb?)$",
)
_TEST = lazy(
    r"/(tests?|testing|__tests__|__mocks__|spec|specs|e2e|cypress|playwright|_?integration[-_]tests?|_?unit[-_]?tests?|test[-_]?utils?|"
    r"test[-_]?(?:data|utils?|helpers?|support)|fixtures?|cassettes|mocks?|stubs|benchmarks?|perf[-_]tests?|load[-_]?tests?)/|"
    r"/(test_[^/]*|[^/]*_test|[^/]*_tests|conftest|tests|testing|test(?:server|app|project|runner|settings)|run_?tests|unit_?tests?|locustfile|load_?test)\.py$|"
    r"\.((?:client|server|browser|node|unit|int|integration|e2e|api|db|func)?[-_]?test|spec|cy|stories|e2e|e2e-spec)\.[cm]?[jt]sx?$|/(jest|vitest|karma|playwright|cypress)[^/]*\.(config|setup)\.\w+$|"
    r"/(pytest\.ini|tox\.ini|noxfile\.py)$|/(test|tests|testing)(_settings|_config)?\.(py|ya?ml|toml|ini|env)$|"
    r"/(settings|config)[_/](tests?|testing|ci)\.(py|ya?ml|toml)$|/\.env\.(test|testing|ci)$|"
    r"/tests?[-_.][^/]*\.(conf|cnf|ya?ml|env|sh)$|/[^/]*[-_.](tests?|testing|ci|e2e)\.(ya?ml|env|sh|conf|Dockerfile)$|/Dockerfile[.-](tests?|testing|ci|e2e)$",
    re.IGNORECASE,
)
_EXAMPLE = lazy(
    r"/\.?(examples?|samples?|demos?|tutorials?|playground|sandbox|templates?/project|cookiecutter[^/]*|boilerplate)/|"
    r"\.(example|sample|template|tmpl|dist|tpl|defaults?)(\.\w+)?$|/\.?env[._-](example|sample|template|dist)$|"
    r"/[^/]*[-_.](example|sample|template)\.\w+$",
    re.IGNORECASE,
)
_DOCUMENTATION = lazy(
    r"/(docs?|documentation|wiki|_docs|website/docs|adr|man)/|\.(md|mdx|rst|adoc|txt|ipynb)$|/(CHANGELOG|README|LICENSE|NOTICE)[^/]*$",
    re.IGNORECASE,
)
_NOT_DOCUMENTATION = lazy(
    r"/(requirements|constraints)[^/]*\.txt$|/requirements/[^/]*\.txt$|robots\.txt$", re.IGNORECASE
)
_DEVELOPMENT = lazy(
    r"/(infra|infrastructure|deploy|deployment|ops|k8s|kubernetes|helm|docker|terraform)/(.*/)?(preview|staging)s?/|"
    r"/(\.devcontainer|\.vscode|\.idea|\.gitpod|local[-_]?dev|dev|development)/|"
    r"/(compose|docker|dockerfiles?|\.envs?)/\.?local/|"
    r"/(docker-)?compose[.-](override|dev|develop|development|local|debug|devcontainer)[^/]*\.ya?ml$|"
    r"/docker-compose\.([^/]*[-_.])?(dev|local|override)\.ya?ml$|/Dockerfile[.-](dev|local|debug|development)$|"
    r"/(dev|local|debug)\.Dockerfile$|/(settings|config)[_/](dev|develop|development|local|debug)\.\w+$|"
    r"/(dev|local|development)(_settings|_config)?\.(py|ya?ml|toml|env|ini)$|/\.env\.(dev|development|local|devcontainer)$|"
    r"/(infra|infrastructure|deploy|deployments?|ops|envs|environments|k8s|terraform)/([\w.-]{1,60}/)?previews?/|"
    r"/\.gitpod[^/]*$|/Vagrantfile$|/(development|dev)\.env$|/(vite|webpack\.dev)\.config\.\w+$",
    re.IGNORECASE,
)
_TOOLING = lazy(
    r"/(scripts?|tools?|bin|hack|contrib|utils?/scripts|ci|\.github|\.gitlab|\.circleci|\.azure-pipelines|build|releng|devtools|migrations|alembic/versions|"
    r"management/commands)/|/(manage|setup|fabfile|tasks|dodo|gulpfile|Gruntfile|conf)\.(py|js)$|"
    r"/(Makefile|justfile|Taskfile\.ya?ml|\.pre-commit-config\.yaml|\.gitlab-ci\.yml|azure-pipelines\.yml|Jenkinsfile|\.travis\.yml)$",
    re.IGNORECASE,
)


@functools.lru_cache(maxsize=1 << 16)
def role_of(path: str) -> Role:
    """The role of a file by its path; a closer word wins over a farther one only by the order below."""
    path = f"/{path}"
    if _VENDORED.search(path):
        return Role.VENDORED
    if _GENERATED.search(path):
        return Role.GENERATED
    if _TEST.search(path):
        return Role.TEST
    if _EXAMPLE.search(path):
        return Role.EXAMPLE
    if _DOCUMENTATION.search(path) and not _NOT_DOCUMENTATION.search(path):
        return Role.DOCUMENTATION
    if _DEVELOPMENT.search(path):
        return Role.DEVELOPMENT
    if _TOOLING.search(path):
        return Role.TOOLING
    return Role.PRODUCTION
