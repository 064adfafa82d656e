"""What the oracle cannot tell: places, origins, chains of variables, and that nothing raises."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.compose import ComposeFile, looks_like_compose, parse_compose
from readycheck.facts.envfile import parse_env
from readycheck.link.compose import merge_compose
from readycheck.link.compose_model import ComposeModel
from readycheck.model import Location


def _model(files: dict[str, str], *paths: str, env: dict[str, str] | None = None) -> ComposeModel:
    compose = {path: parse_compose(text.encode()) for path, text in files.items() if path.endswith("yaml")}
    env_files = {path: parse_env(text.encode()) for path, text in files.items() if path.endswith("env")}
    return merge_compose(compose, env_files, paths or ("compose.yaml",), environment=env or {})


BASE = """\
services:
  web:
    image: shop:${TAG:-latest}
    environment:
      DB: ${DB_PASSWORD:-changeme}
      KEY: ${KEY:?no key}
      GONE: ${GONE}
      HOST:
    ports:
      - "80:80"
    volumes:
      - ./data:/data
    env_file: web.env
"""
OVER = """\
services:
  web:
    restart: always
    environment:
      - DB=${DB_PASSWORD:?}
    ports:
      - 127.0.0.1:81:81
"""


def test_every_key_knows_the_file_and_line_that_set_it() -> None:
    files = {"compose.yaml": BASE, "prod.yaml": OVER, "web.env": "E=1\n"}
    web = _model(files, "compose.yaml", "prod.yaml").services["web"]
    assert web.location == Location("compose.yaml", 2, 3)
    assert web.place("image") == Location("compose.yaml", 3, 5)
    assert web.place("restart") == Location("prod.yaml", 3, 5)
    assert web.place("user") == web.location
    assert [port.location for port in web.ports] == [Location("compose.yaml", 10, 9), Location("prod.yaml", 7, 9)]
    assert [port.raw for port in web.ports] == ["80:80", "127.0.0.1:81:81"]
    assert [(mount.source, mount.location.line) for mount in web.mounts] == [("data", 12)]
    assert web.environment["DB"].location == Location("prod.yaml", 5, 9)


def test_variables_remember_their_defaults_and_what_is_missing() -> None:
    model = _model({"compose.yaml": BASE, "web.env": "E=${KEY:-k}\n"})
    web = model.services["web"]
    assert (web.image, web.image_raw) == ("shop:latest", "shop:${TAG:-latest}")
    assert web.image_defaulted == (("TAG", "latest"),)
    db, key, gone, host = (web.environment[name] for name in ("DB", "KEY", "GONE", "HOST"))
    assert (db.value, db.raw, db.defaulted) == ("changeme", "${DB_PASSWORD:-changeme}", (("DB_PASSWORD", "changeme"),))
    assert (key.required, key.missing, gone.missing, host.value) == (("KEY",), ("KEY",), ("GONE",), None)
    from_file = web.environment["E"]
    assert (from_file.origin, from_file.location) == ("env_file", Location("web.env", 1))
    problem = "required variable KEY is missing a value: no key"
    assert [(found.location.line, found.text) for found in model.problems] == [(6, problem)]


def test_the_dot_env_file_is_the_source_of_a_variable() -> None:
    model = _model({"compose.yaml": BASE, ".env": "KEY=a\nDB_PASSWORD=b\n", "web.env": ""}, env={"KEY": "shell"})
    variable = model.variables["DB_PASSWORD"]
    assert (variable.value, variable.source, variable.defaults) == ("b", Location(".env", 2), ("changeme",))
    assert (model.variables["KEY"].value, model.variables["KEY"].source) == ("shell", None)
    assert model.variables["KEY"].required
    assert model.variables["TAG"].locations == (Location("compose.yaml", 3, 5),)
    assert model.problems == ()


def test_extended_and_anchored_values_keep_their_own_lines() -> None:
    files = {
        "compose.yaml": "services:\n  a:\n    extends:\n      file: sub/base.yaml\n      service: b\n    user: u\n",
        "sub/base.yaml": "x-e: &e\n  A: 1\nservices:\n  b:\n    build: .\n    environment: *e\n",
    }
    service = _model(files).services["a"]
    assert service.location == Location("compose.yaml", 2, 3)
    assert service.place("build") == Location("sub/base.yaml", 5, 5)
    assert service.environment["A"].location == Location("sub/base.yaml", 2, 3)
    assert service.build is not None
    assert service.build.context == "sub"


def test_a_broken_file_is_a_problem_and_the_rest_is_merged() -> None:
    files = {"compose.yaml": BASE, "bad.yaml": "services: [", "web.env": ""}
    model = _model(files, "compose.yaml", "bad.yaml", "no.yaml")
    assert list(model.services) == ["web"]
    found = {(problem.location.path, problem.text.partition(":")[0]) for problem in model.problems}
    assert {("bad.yaml", "not YAML"), ("no.yaml", "no such file")} <= found


def test_hostile_growth_stays_bounded() -> None:
    env = "A0=xxxxxxxx\n" + "".join(f"A{n}=${{A{n - 1}}}${{A{n - 1}}}\n" for n in range(1, 2000))
    ports = "\n".join(["      - 1-65535:1-65535"] * 200)
    text = f"services:\n  a:\n    image: x${{A30}}\n    env_file: .env\n    ports:\n{ports}\n    scale: {'9' * 5000}\n"
    service = _model({"compose.yaml": text, ".env": env}).services["a"]
    assert len(service.image) < 200_000
    assert [(port.published, port.target) for port in service.ports] == [("1-65535", "1-65535")]


def test_profiles_are_kept_apart() -> None:
    model = _model({"compose.yaml": "services: {a: {image: x}, b: {image: y, profiles: [p], env_file: no.env}}"})
    assert (list(model.services), list(model.profiled)) == (["a"], ["b"])
    assert model.problems == ()


def test_no_value_is_in_the_representation() -> None:
    text = "services: {a: {image: x, environment: {P: hunter-two, Q: '${R:-hunter-two}'}, env_file: e.env}}"
    assert "hunter" not in repr(_model({"compose.yaml": text, "e.env": "S=hunter-two\n"}))


def test_content_that_is_no_compose_file() -> None:
    assert looks_like_compose(parse_compose(b"services: {a: {image: x}}\nx-y: 1"))
    for text in (b"services: {a: 1}", b"jobs: {}\nservices: {a: {image: x}}", b"- a", b"", b"services: [a]"):
        assert not looks_like_compose(parse_compose(text))


WORDS = """image build command environment env_file ports volumes depends_on healthcheck extends deploy networks secrets
logging ulimits labels profiles resources limits include services devices configs test file service path args a b <<"""
KEYS = st.sampled_from(WORDS.split())
LEAVES = st.sampled_from(
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
NAMED = st.dictionaries(st.sampled_from(["a", "b"]), TREES)


@given(NAMED, NAMED, TREES)
def test_never_raises_on_odd_shapes(first: object, second: object, other: object) -> None:
    files: dict[str, ComposeFile] = {
        "compose.yaml": parse_compose(json.dumps({"services": first, "include": other}).encode()),
        "c.yaml": parse_compose(json.dumps({"services": second, "volumes": other, "secrets": other}).encode()),
    }
    merge_compose(files, {"a": parse_env(b"A=${A}")}, ("compose.yaml", "c.yaml"))
    merge_compose(files, {}, ("c.yaml",), project_dir="x/y")


@given(TREES)
def test_never_raises_on_odd_documents(tree: object) -> None:
    merge_compose({"compose.yaml": parse_compose(json.dumps(tree).encode())}, {}, ("compose.yaml",))
