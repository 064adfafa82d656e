"""Package manifests of Python and Node, with the line of each dependency."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.manifests import PythonManifest, requirement
from readycheck.facts.node_manifests import parse_package_json
from readycheck.facts.python_manifests import (
    is_requirements,
    parse_pipfile,
    parse_pyproject,
    parse_requirements,
    parse_setup_cfg,
)


def listed(manifest: PythonManifest) -> list[tuple[str, str, int, str]]:
    return [(d.name, d.specifier, d.line, d.group) for d in manifest.dependencies]


PYPROJECT = """\
[build-system]
build-backend = "hatchling.build"
[project]
name = "shop"
requires-python = ">=3.11"
dependencies = [
  "FastAPI[standard]>=0.110",
  'uvicorn',
]
[project.optional-dependencies]
pg = ["psycopg[binary]>=3 ; sys_platform != 'win32'"]
[project.scripts]
shop = "shop.cli:main"
[dependency-groups]
dev = ["pytest", {include-group = "x"}]
[tool.ruff]
line-length = 100
"""


def test_pyproject() -> None:
    manifest = parse_pyproject(PYPROJECT.encode())
    assert listed(manifest) == [
        ("fastapi", ">=0.110", 7, ""),
        ("uvicorn", "", 8, ""),
        ("psycopg", ">=3", 11, "pg"),
        ("pytest", "", 15, "dev"),
    ]
    assert manifest.requires_python is not None
    assert (manifest.requires_python.text, manifest.requires_python.line) == (">=3.11", 5)
    assert (manifest.scripts["shop"].text, manifest.scripts["shop"].line) == ("shop.cli:main", 13)
    assert (manifest.name, manifest.tools, manifest.build_backend) == ("shop", ("ruff",), "hatchling.build")
    found = manifest.depends_on("Psycopg")
    assert found is not None and (found.extras, found.marker) == (("binary",), "sys_platform != 'win32'")


def test_poetry() -> None:
    manifest = parse_pyproject(
        b'[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.11"\nDjango = "^5"\n'
        b'celery = {version = "^5.3", extras = ["redis"]}\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n'
    )
    assert listed(manifest) == [("django", "^5", 5, ""), ("celery", "^5.3", 6, ""), ("pytest", "*", 8, "dev")]
    assert manifest.requires_python is not None and manifest.requires_python.line == 4


def test_requirements() -> None:
    manifest = parse_requirements(
        b"# comment\n-r base.txt\n--index-url https://u:p@host/simple\nDjango==5.0  # why\n"
        b"uvicorn[standard] >= 0.2 \\\n    --hash=sha256:aa\n-e git+https://x/y.git#egg=My_Pkg\n./local\n"
        b"name @ https://x/y.whl\nzope.interface\n"
    )
    assert listed(manifest) == [
        ("django", "==5.0", 4, ""),
        ("uvicorn", ">= 0.2", 5, ""),
        ("my-pkg", "@", 7, ""),
        ("name", "@", 9, ""),
        ("zope-interface", "", 10, ""),
    ]
    assert [(i.text, i.line) for i in manifest.includes] == [("base.txt", 2)]


def test_pipfile_and_setup_cfg() -> None:
    pipfile = parse_pipfile(
        b'[packages]\nflask = "*"\n[dev-packages]\nblack = "==24"\n[requires]\npython_version = "3.11"\n'
    )
    assert listed(pipfile) == [("flask", "*", 2, ""), ("black", "==24", 4, "dev")]
    assert pipfile.requires_python is not None
    assert (pipfile.requires_python.text, pipfile.requires_python.line) == ("==3.11.*", 6)
    setup = parse_setup_cfg(
        b"[metadata]\nname = x\n[options]\npython_requires = >=3.8\ninstall_requires =\n    flask>=2\n    gunicorn\n"
        b"[options.extras_require]\ntest = pytest\n[flake8]\nmax-line-length = 100\n"
    )
    assert listed(setup) == [("flask", ">=2", 6, ""), ("gunicorn", "", 7, ""), ("pytest", "", 9, "test")]
    assert (setup.name, setup.tools) == ("x", ("flake8",))


def test_package_json() -> None:
    manifest = parse_package_json(
        b'{\n "name": "web",\n "main": "dist/index.js",\n "scripts": {\n  "start": "node dist/index.js",\n'
        b'  "dev": "API_TOKEN=abcdefghijk next dev"\n },\n "dependencies": {"express": "^4"},\n'
        b' "devDependencies": {\n  "express": "^3",\n  "jest": "1"\n },\n "engines": {"node": ">=20"}\n}\n'
    )
    assert [(d.name, d.specifier, d.line, d.group) for d in manifest.dependencies] == [
        ("express", "^4", 8, ""),
        ("express", "^3", 10, "dev"),
        ("jest", "1", 11, "dev"),
    ]
    assert {name: (s.text, s.line) for name, s in manifest.scripts.items()} == {
        "start": ("node dist/index.js", 5),
        "dev": ("API_TOKEN=… next dev", 6),
    }
    assert manifest.main is not None and (manifest.main.text, manifest.main.line) == ("dist/index.js", 3)
    assert manifest.engines["node"].line == 13
    found = manifest.depends_on("express")
    assert found is not None and found.group == ""


def test_broken_files_say_where() -> None:
    assert parse_pyproject(b"[project\n").problems == ("not valid TOML at line 1",)
    assert parse_package_json(b'{\n"a": }').problems == ("not valid JSON at line 2",)
    assert parse_package_json(b"[]").problems == ("not an object",)


@pytest.mark.parametrize("text", ["", "-x", "http://a/b", "./x", "a b", "a:b", "a" * 5_000 + "!", " " * 3_000])
def test_what_is_no_requirement(text: str) -> None:
    assert requirement(text, 1) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("requirements.txt", True),
        ("requirements-dev.txt", True),
        ("dev-requirements.in", True),
        ("requirements/base.txt", True),
        ("requirements/readme.md", False),
        ("docs/requirements.md", False),
        ("requirementsheet.py", False),
    ],
)
def test_requirements_names(path: str, expected: bool) -> None:
    assert is_requirements(path) is expected


@given(st.one_of(st.binary(), st.text().map(str.encode)))
def test_never_raises(data: bytes) -> None:
    (
        parse_pyproject(data),
        parse_pipfile(data),
        parse_requirements(data),
        parse_setup_cfg(data),
        parse_package_json(data),
    )


_JSON = st.recursive(
    st.sampled_from(["1", "null", '"x"', "true"]),
    lambda inner: st.dictionaries(
        st.sampled_from(["scripts", "dependencies", "engines", "workspaces", "main", "packages"]), inner
    ).map(lambda table: "{" + ",".join(f'"{name}":{value}' for name, value in table.items()) + "}"),
    max_leaves=8,
)


@given(_JSON)
def test_odd_types_are_left_out(text: str) -> None:
    parse_package_json(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        '[project]\ndependencies = 3\nrequires-python = []\nscripts = "x"\n',
        "[project]\noptional-dependencies = {a = 1}\n[tool]\npoetry = 1\n",
        "project = 1\ntool = []\ndependency-groups = {a = [1]}\n",
    ],
)
def test_odd_toml_types_are_left_out(text: str) -> None:
    assert parse_pyproject(text.encode()).dependencies == ()
