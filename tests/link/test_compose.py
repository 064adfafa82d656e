"""What the oracle cannot tell: places, origins, chains of variables, and that nothing raises."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.compose import ComposeFile, looks_like_compose, parse_compose
from readycheck.facts.envfile import parse_env
from readycheck.link.compose import merge_compose
from readycheck.link.compose_model import ComposeModel
from readycheck.model import Location


def _model(files: dict[str, str], *paths: str, env: dict[str, str] | None = None) -> ComposeModel:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ompose = {path: parse_compose(text.encode()) for path, text in files.items() if path.endswith("yaml")}
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]nv_files = {path: parse_env(text.encode()) for path, text in files.items() if path.endswith("env")}
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]eturn merge_compose(compose, env_files, paths or ("compose.yaml",), environment=env or {})


BASE = """\
services:
  web:
    image: shop:${TAG:-latest}
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]nvironment:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"] DB: ${DB_PASSWORD:-changeme}
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"] KEY: ${KEY:?no key}
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"] GONE: ${GONE}
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"] HOST:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]orts:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"] - "80:80"
    volumes:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"] - ./data:/data
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]nv_file: web.env
"""
OVER = """\
services:
  web:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]estart: always
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]nvironment:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"] - DB=${DB_PASSWORD:?}
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]orts:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"] - 127.0.0.1:81:81
"""


def test_every_key_knows_the_file_and_line_that_set_it() -> None:
    web = _model({"compose.yaml": BASE, "prod.yaml": OVER, "web.env": "E=1\n"}, "compose.yaml", "prod.yaml").services[
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "web"
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert web.location == Location("compose.yaml", 2, 3)
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert web.place("image") == Location("compose.yaml", 3, 5)
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert web.place("restart") == Location("prod.yaml", 3, 5)
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert web.place("user") == web.location
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert [port.location for port in web.ports] == [Location("compose.yaml", 10, 9), Location("prod.yaml", 7, 9)]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert [port.raw for port in web.ports] == ["80:80", "127.0.0.1:81:81"]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert [(mount.source, mount.location.line) for mount in web.mounts] == [("data", 12)]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert web.environment["DB"].location == Location("prod.yaml", 5, 9)


def test_variables_remember_their_defaults_and_what_is_missing() -> None:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]odel = _model({"compose.yaml": BASE, "web.env": "E=${KEY:-k}\n"})
    web = model.services["web"]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert (web.image, web.image_raw) == ("shop:latest", "shop:${TAG:-latest}")
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert web.image_defaulted == (("TAG", "latest"),)
    db, key, gone, host = (web.environment[name] for name in ("DB", "KEY", "GONE", "HOST"))
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert (db.value, db.raw, db.defaulted) == ("changeme", "${DB_PASSWORD:-changeme}", (("DB_PASSWORD", "changeme"),))
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert (key.required, key.missing, gone.missing, host.value) == (("KEY",), ("KEY",), ("GONE",), None)
    from_file = web.environment["E"]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert (from_file.value, from_file.origin, from_file.location) == ("k", "env_file", Location("web.env", 1))
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert [(p.location.line, p.text) for p in model.problems] == [
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   (6, "required variable KEY is missing a value: no key")
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]


def test_the_dot_env_file_is_the_source_of_a_variable() -> None:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]odel = _model({"compose.yaml": BASE, ".env": "KEY=a\nDB_PASSWORD=b\n", "web.env": ""}, env={"KEY": "shell"})
    variable = model.variables["DB_PASSWORD"]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert (variable.value, variable.source, variable.defaults) == ("b", Location(".env", 2), ("changeme",))
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert (model.variables["KEY"].value, model.variables["KEY"].source) == ("shell", None)
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert model.variables["KEY"].required
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert model.variables["TAG"].locations == (Location("compose.yaml", 3, 5),)
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert model.problems == ()


def test_extended_and_anchored_values_keep_their_own_lines() -> None:
    files = {
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "compose.yaml": "services:\n  a:\n    extends:\n      file: sub/base.yaml\n      service: b\n    user: u\n",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "sub/base.yaml": "x-e: &e\n  A: 1\nservices:\n  b:\n    build: .\n    environment: *e\n",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ervice = _model(files).services["a"]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert service.location == Location("compose.yaml", 2, 3)
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert service.place("build") == Location("sub/base.yaml", 5, 5)
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert service.environment["A"].location == Location("sub/base.yaml", 2, 3)
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert service.build is not None
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert service.build.context == "sub"


def test_a_broken_file_is_a_problem_and_the_rest_is_merged() -> None:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]odel = _model(
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   {"compose.yaml": BASE, "bad.yaml": "services: [", "web.env": ""}, "compose.yaml", "bad.yaml", "no.yaml"
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert list(model.services) == ["web"]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert [(p.location.path, p.text[:12]) for p in model.problems][-2:] == [
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   ("bad.yaml", "not YAML: di"),
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   ("no.yaml", "no such file"),
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]


def test_profiles_are_kept_apart() -> None:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]odel = _model({"compose.yaml": "services: {a: {image: x}, b: {image: y, profiles: [p], env_file: no.env}}"})
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert (list(model.services), list(model.profiled)) == (["a"], ["b"])
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert model.problems == ()


def test_no_value_is_in_the_representation() -> None:
    text = "services: {a: {image: x, environment: {P: hunter-two, Q: '${R:-hunter-two}'}, env_file: e.env}}"
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert "hunter" not in repr(_model({"compose.yaml": text, "e.env": "S=hunter-two\n"}))


def test_content_that_is_no_compose_file() -> None:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]ssert looks_like_compose(parse_compose(b"services: {a: {image: x}}\nx-y: 1"))
    for text in (b"services: {a: 1}", b"jobs: {}\nservices: {a: {image: x}}", b"- a", b"", b"services: [a]"):
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   assert not looks_like_compose(parse_compose(text))


KEYS = st.sampled_from(
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]"image", "build", "command", "environment", "env_file", "ports", "volumes", "depends_on", "healthcheck", "extends",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]"deploy", "networks", "secrets", "logging", "ulimits", "labels", "profiles", "resources", "limits", "include",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]"services", "devices", "configs", "test", "file", "service", "path", "args", "a", "b", "<<"]
)  # fmt: skip
LEAVES = st.sampled_from(
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "x",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "${A:-b}",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "${",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "80:80",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "::",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "./a:/b",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "a",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "b",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "-1",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "A=1",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   None,
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   True,
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   3,
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   1.5,
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "compose.yaml",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "c.yaml",
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]
)
TREES = st.recursive(
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]EAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def _dump(tree: object) -> bytes:
    import json

    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]eturn json.dumps(tree).encode()


@given(st.dictionaries(st.sampled_from(["a", "b"]), TREES), st.dictionaries(st.sampled_from(["a", "b"]), TREES), TREES)
def test_never_raises_on_odd_shapes(first: object, second: object, include: object) -> None:
    files: dict[str, ComposeFile] = {
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "compose.yaml": parse_compose(_dump({"services": first, "include": include})),
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]   "c.yaml": parse_compose(_dump({"services": second, "volumes": include, "secrets": include})),
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]erge_compose(files, {"a": parse_env(b"A=${A}")}, ("compose.yaml", "c.yaml"))
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]erge_compose(files, {}, ("c.yaml",), project_dir="x/y")


@given(TREES)
def test_never_raises_on_odd_documents(tree: object) -> None:
    ["x", "${A:-b}", "${", "80:80", "::", "./a:/b", "a", "b", "-1", "A=1", "", None, True, 3, 1.5, "c.yaml"]erge_compose({"compose.yaml": parse_compose(_dump(tree))}, {}, ("compose.yaml",))
