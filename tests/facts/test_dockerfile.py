"""Dockerfiles as people write them: exact lines, inheritance between stages, and nothing secret in the facts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.dockerfile import Dockerfile, is_dockerfile, parse_dockerfile
from readycheck.facts.image import BuiltImage
from readycheck.facts.packages import installed
from readycheck.facts.programs import program_in_build, program_in_image
from readycheck.facts.values import Hidden


def parse(text: str) -> Dockerfile:
    return parse_dockerfile(text.encode())


def image(text: str, target: str | None = None, **build_args: str) -> BuiltImage:
    return BuiltImage(parse(text), target, build_args)


MULTI = """\
# syntax=docker/dockerfile:1
ARG PYTHON=3.12
FROM --platform=$BUILDPLATFORM python:${PYTHON}-slim AS base
ENV A=1 \\
    # a comment inside
    B="two words" \\

    C=$A-c
USER app
CMD ["gunicorn", "app:app"]

FROM base as final
ARG MODE=prod
ENV MODE=$MODE LEGACY=x
RUN --mount=type=cache,target=/root/.cache --mount=type=bind,from=tools,target=/t \\
    apt-get update && apt-get install -y --no-install-recommends \\
      curl=7.* \\
      # why
      libpq5 && rm -rf /var/lib/apt/lists/*
HEALTHCHECK --interval=30s --timeout=5s CMD curl -f http://localhost:8000/health || exit 1
EXPOSE 8000/tcp $PORT
"""


def test_stages_and_arguments() -> None:
    parsed = parse(MULTI)
    assert [(s.name, s.image, s.line) for s in parsed.stages] == [
        ("base", "python:3.12-slim", 3),
        ("final", "base", 12),
    ]
    assert parsed.stages[0].platform == "$BUILDPLATFORM"
    assert parsed.arguments["PYTHON"].value == "3.12"
    assert parsed.problems == ()


def test_what_the_image_ends_up_with() -> None:
    built = image(MULTI)
    assert built.base == ("python:3.12-slim", 3)
    assert built.user() == ("app", 9)
    command = built.cmd()
    assert command is not None and (command.arguments, command.line) == (("gunicorn", "app:app"), 10)
    check = built.healthcheck()
    assert check is not None
    assert (check.command, check.line) == ("curl -f http://localhost:8000/health || exit 1", 20)
    assert check.options == {"interval": "30s", "timeout": "5s"}
    env = {name: (setting.value, setting.line) for name, setting in built.env().items()}
    # One ENV instruction does not see its own names: `$A` is whatever the base image says.
    assert env == {"A": ("1", 4), "B": ("two words", 6), "C": ("$A-c", 8), "MODE": ("prod", 14), "LEGACY": ("x", 14)}
    assert [(p.text, p.line) for p in built.exposes()] == [("8000/tcp", 21), ("$PORT", 21)]


def test_packages_have_the_line_their_name_is_on() -> None:
    found = [(p.manager, p.name, p.version, p.line) for p in installed(image(MULTI))]
    assert found == [("apt", "curl", "7.*", 17), ("apt", "libpq5", "", 19)]


def test_build_arguments_replace_the_defaults() -> None:
    assert image(MULTI, PYTHON="3.9").base == ("python:3.9-slim", 3)
    assert image(MULTI, MODE="dev").env()["MODE"].value == "dev"


def test_an_image_without_default_is_not_guessed() -> None:
    parsed = parse("ARG BASE\nFROM ${BASE}\n")
    assert (parsed.stages[0].image, parsed.stages[0].image_raw) == ("", "${BASE}")


def test_the_target_decides() -> None:
    text = "FROM a AS one\nUSER x\nFROM b AS two\nUSER root\n"
    assert image(text, "one").user() == ("x", 2)
    assert image(text, "ONE").base == ("a", 1)
    assert image(text).user() == ("root", 4)
    assert image(text, "three").stages == ()


def test_a_later_entrypoint_drops_an_inherited_command() -> None:
    text = 'FROM a AS one\nCMD ["x"]\nFROM one\nENTRYPOINT ["y"]\n'
    assert image(text).cmd() is None
    assert image(text).start() == (("y",), 4)
    assert image('FROM a\nENTRYPOINT ["y"]\nCMD ["z"]\n').start() == (("y", "z"), 3)


def test_shell_forms() -> None:
    built = image("FROM a\nCMD python app.py --port $PORT\n")
    command = built.cmd()
    assert command is not None and command.command == "python app.py --port $PORT" and not command.exec_form
    assert parse("FROM a\nCMD ['x', 'y']\n").problems == (
        (2, "CMD looks like a JSON array and is none: it runs in a shell"),
    )


def test_heredocs_are_content_and_not_instructions() -> None:
    text = 'FROM a\nRUN <<EOF\napt-get install -y wget\nUSER nobody\nEOF\nCOPY <<-"X" /etc/x\n\tFROM y\n\tX\nUSER z\n'
    built = image(text)
    assert len(built.dockerfile.stages) == 1
    assert built.user() == ("z", 9)
    assert [(p.name, p.line) for p in installed(built)] == [("wget", 3)]
    assert built.copies()[0].sources == ()


def test_a_shift_is_no_heredoc() -> None:
    assert image("FROM a\nRUN echo $((1 << 2)) <<< x\nUSER u\n").user() == ("u", 3)


def test_escape_directive() -> None:
    assert image("# escape=`\nFROM a\nRUN dir c:\\ `\n  && x\nUSER u\n").user() == ("u", 5)


def test_windows_line_ends_and_byte_order_mark() -> None:
    parsed = parse_dockerfile(b"\xef\xbb\xbfFROM a\r\nUSER u\r\n")
    assert BuiltImage(parsed).user() == ("u", 2)


def test_onbuild_is_not_what_this_image_does() -> None:
    built = image("FROM a\nONBUILD USER root\n")
    assert built.user() is None
    inner = built.stages[0].instructions[0].inner
    assert inner is not None and (inner.keyword, inner.text) == ("USER", "root")


def test_copies_and_the_stages_they_need() -> None:
    text = (
        "FROM n AS web\nFROM t AS unused\nFROM p\nARG D=/d\nCOPY --from=web --chown=u /dist $D\nCOPY a.txt b.txt ./\n"
    )
    built = image(text)
    assert [(c.sources, c.destination, c.from_stage, c.line) for c in built.copies()] == [
        (("/dist",), "/d", "web", 5),
        (("a.txt", "b.txt"), "./", "", 6),
    ]
    assert [stage.index for stage in built.used_stages()] == [0, 2]


def test_healthcheck_none_is_disabled() -> None:
    check = image("FROM a\nHEALTHCHECK CMD x\nHEALTHCHECK NONE\n").healthcheck()
    assert check is not None and check.disabled and check.line == 3


def test_env_values_keep_shell_operators() -> None:
    env = image("FROM a\nENV U=http://x/?a=1&b=2;c OLD=1\nENV LEGACY some words\n").env()
    assert [env[name].value for name in ("U", "OLD", "LEGACY")] == ["http://x/?a=1&b=2;c", "1", "some words"]


def test_no_secret_stays_in_the_facts() -> None:
    planted = "Plq7" + "Zr81kd"
    text = (
        f"FROM a\nARG DB_PASSWORD={planted}\nENV API_TOKEN={planted} URL=postgres://u:{planted}@db/x?sslmode=require\n"
        f"ENV JWT_SECRET {planted}\nRUN mysql --password={planted} --password {planted} && SECRET_KEY={planted} ./x\n"
        f'CMD ["x", "--token", "{planted}"]\nLABEL auth_token="{planted}"\nRUN <<E\nexport A_SECRET={planted}\nE\n'
    )
    parsed = parse_dockerfile(text.encode(), b"key")
    assert planted not in repr(parsed)
    env = BuiltImage(parsed).env()
    token, secret = env["API_TOKEN"].value, env["JWT_SECRET"].value
    assert isinstance(token, Hidden) and isinstance(secret, Hidden) and token.digest == secret.digest
    assert env["URL"].value == "postgres://u:…@db/x?sslmode=require"


def test_harmless_settings_are_not_hidden() -> None:
    text = "FROM a\nENV POSTGRES_PASSWORD_FILE=/run/secrets/x TOKEN=$TOKEN ALLOW_EMPTY_PASSWORD=yes TOKEN_TTL=60\n"
    values = [setting.value for setting in image(text).env().values()]
    assert values == ["/run/secrets/x", "$TOKEN", "yes", "60"]


@pytest.mark.parametrize(
    ("program", "name", "there"),
    [
        ("curl", "python:3.12-slim", False),
        ("curl", "python:3.12", True),
        ("curl", "docker.io/library/node:20-alpine", False),
        ("wget", "node:20-alpine", True),
        ("curl", "registry.example.com/team/api:1", None),
        ("sh", "gcr.io/distroless/python3", False),
        ("pg_isready", "postgres:16", True),
        ("curl", "nginx:1.27-alpine", True),
        ("curl", "nginx:1.13-alpine", None),
        ("curl", "", None),
    ],
)
def test_programs_of_known_images(program: str, name: str, there: bool | None) -> None:
    assert program_in_image(program, name).there is there


def test_programs_of_built_images() -> None:
    assert program_in_build("curl", image(MULTI)).reason == "curl is installed on line 17"
    assert program_in_build("curl", image("FROM python:3.12-slim\n")).there is False
    assert program_in_build("curl", image("FROM python:3.12-slim\nARG P\nRUN apt-get install -y $P\n")).there is None
    assert program_in_build("curl", image("FROM python:3-slim\nARG P='a curl'\nRUN apt-get install -y $P\n")).there
    assert program_in_build("tini", image("FROM python:3-slim\nCOPY --from=k /bin/tini /bin/\n")).there


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Dockerfile", True),
        ("a/b/Dockerfile.prod", True),
        ("api.dockerfile", True),
        ("Containerfile", True),
        ("docker/dockerfile-web", True),
        ("Dockerfile.md", False),
        ("Dockerfile.dockerignore", False),
        ("dockerfile_parser.py", False),
        ("Dockerfiles/readme", False),
    ],
)
def test_names(path: str, expected: bool) -> None:
    assert is_dockerfile(path) is expected


_LINES = st.lists(
    st.sampled_from(
        [
            "FROM a AS b",
            "FROM b",
            "RUN x \\",
            "  # c",
            "ENV A=$A B",
            "ENV",
            "COPY <<E /",
            "E",
            "CMD [",
            "HEALTHCHECK",
            '"',
        ]
    )
)


@given(st.one_of(st.binary(), st.text().map(str.encode), _LINES.map(lambda lines: "\n".join(lines).encode())))
def test_never_raises(data: bytes) -> None:
    parsed = parse_dockerfile(data)
    built = BuiltImage(parsed)
    assert len(built.stages) <= len(parsed.stages)
    built.user(), built.env(), built.start(), built.healthcheck(), built.copies(), built.used_stages()
    program_in_build("curl", built)


@pytest.mark.parametrize(
    "line",
    [
        "ENV " + "A=" * 50_000,
        "RUN " + '"' * 50_001,
        "RUN " + "a://b:" * 20_000 + "@",
        "FROM ${A:-" * 20_000,
        "RUN " + "--token " * 30_000,
    ],
)
def test_long_lines_do_not_run_away(line: str) -> None:
    BuiltImage(parse(f"FROM a\n{line}\n")).env()


def test_values_that_double_do_not_fill_the_memory() -> None:
    built = image("FROM a\nENV A=aaaaaaaaaa\n" + "ENV A=$A$A\nCOPY $A /x\n" * 60)
    assert all(len(str(setting.value)) <= 20_000 for setting in built.env().values())
    assert len(built.copies()) == 60
