"""Procfiles, systemd units and supervisor programs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.ini import parse_ini
from readycheck.facts.procfile import parse_procfile, parse_supervisor, parse_systemd
from readycheck.facts.values import Hidden

PLANTED = "Nb5t" + "Hy71zu"


def test_procfile() -> None:
    found = parse_procfile(f"# web: no\nweb: gunicorn app:app\n\nrelease:./m.sh\nw: SECRET_KEY={PLANTED} x\n".encode())
    assert [(p.name, p.command, p.line) for p in found] == [
        ("web", "gunicorn app:app", 2),
        ("release", "./m.sh", 4),
        ("w", "SECRET_KEY=… x", 5),
    ]


UNIT = f"""\
[Unit]
Description=ExecStart=nothing

[Service]
User=app
WorkingDirectory=/srv/app
Environment=DEBUG=1 "GREETING=two words"
Environment=API_SECRET={PLANTED}
EnvironmentFile=-/etc/app.env
ExecStart=
ExecStartPre=-/bin/mkdir x
ExecStart=@/srv/venv/bin/gunicorn \\
    # a comment
    --workers 4 \\
    app:app
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""


def test_systemd() -> None:
    before, main = parse_systemd(UNIT.encode())
    assert (before.name, before.command, before.line) == ("ExecStartPre", "/bin/mkdir x", 11)
    assert (main.command, main.line) == ("/srv/venv/bin/gunicorn --workers 4 app:app", 12)
    assert (main.user, main.directory, main.restart) == ("app", "/srv/app", "on-failure")
    debug, greeting, secret = main.environment
    assert [(debug.name, debug.value, debug.line), (greeting.value, greeting.line)] == [
        ("DEBUG", "1", 7),
        ("two words", 7),
    ]
    assert isinstance(secret.value, Hidden) and secret.line == 8
    assert main.environment_files == (("/etc/app.env", 9),)
    assert PLANTED not in repr((before, main))


def test_an_empty_start_takes_back_the_earlier_one() -> None:
    (main,) = parse_systemd(b"[Service]\nExecStart=/a\nExecStart=\nExecStart=/b\n")
    assert (main.command, main.line) == ("/b", 4)


def test_supervisor() -> None:
    text = f"""\
[supervisord]
user=root
[program:web]
command=uvicorn app:app
    --host 0.0.0.0
environment=DEBUG="1",DB_PASSWORD="{PLANTED}"
autorestart=true
user=www ; why
"""
    (web,) = parse_supervisor(text.encode())
    assert (web.name, web.command, web.line, web.user) == ("web", "uvicorn app:app --host 0.0.0.0", 4, "www")
    assert [(s.name, s.line) for s in web.environment] == [("DEBUG", 6), ("DB_PASSWORD", 6)]
    assert PLANTED not in repr(web)


def test_ini_lines() -> None:
    entries = parse_ini(b"[a]\nx = 1\n; no\ny =\n  2\n  3\n[b]\nx: 4\n")
    assert [(e.section, e.key, e.value, e.line) for e in entries] == [
        ("a", "x", "1", 2),
        ("a", "y", "2\n3", 4),
        ("b", "x", "4", 8),
    ]
    assert entries[1].lines[2] == ("3", 6)


@given(st.one_of(st.binary(), st.text(alphabet="[Service]\nExStart=\\ #:a\"'").map(str.encode)))
def test_never_raises(data: bytes) -> None:
    parse_procfile(data), parse_systemd(data), parse_supervisor(b"[program:x]\ncommand=y\nenvironment=" + data)
