"""Start commands through the wrappers people put around them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.link.commands import follow_script, parse_command
from readycheck.link.launch import Launch

CASES: list[tuple[Any, dict[str, Any]]] = [
    (("uvicorn", "app.main:app", "--host", "0.0.0.0", "--reload"),
     {"server": "uvicorn", "module": "app.main", "attribute": "app", "reload": True, "production_ready": False}),
    ("sh -c 'exec uvicorn --factory src.app:create_app --workers 2'",
     {"server": "uvicorn", "module": "src.app", "attribute": "create_app", "workers": 2, "production_ready": True}),
    ("gunicorn -k uvicorn.workers.UvicornWorker -w4 proj.wsgi",
     {"server": "gunicorn", "module": "proj.wsgi", "attribute": "application", "workers": 4}),
    ("gunicorn -c gunicorn.conf.py 'app:create_app()'", {"module": "app", "attribute": "create_app"}),
    ("env DJANGO_SETTINGS_MODULE=x.prod gunicorn x.wsgi", {"environment": {"DJANGO_SETTINGS_MODULE": "x.prod"}}),
    ("./wait-for-it.sh db:5432 -- celery -A proj worker -l DEBUG -c 3",
     {"server": "celery", "module": "proj", "task": "worker", "debug": True, "workers": 3}),
    (("tini", "-g", "--", "python", "-m", "hypercorn", "a.b:app"), {"server": "hypercorn", "module": "a.b"}),
    ("poetry run daphne -b 0.0.0.0 -p 8001 proj.asgi:application", {"server": "daphne", "module": "proj.asgi"}),
    ("uwsgi --http :8000 --module p.wsgi:application --processes 4",
     {"server": "uwsgi", "module": "p.wsgi", "workers": 4}),
    ("uv run --no-dev fastapi run app/main.py --workers 4",
     {"server": "fastapi", "script": "app/main.py", "workers": 4, "production_ready": True}),
    ("fastapi dev", {"server": "fastapi", "reload": True, "production_ready": False}),
    ("FLASK_DEBUG=1 flask --app pkg:create_app run", {"server": "flask", "module": "pkg", "debug": True}),
    ("flask run --no-debug", {"server": "flask", "debug": False, "production_ready": False}),
    ("pipenv run python -u manage.py runserver 0:8000 --settings=a.dev",
     {"server": "django-runserver", "script": "manage.py", "debug": True,
      "environment": {"DJANGO_SETTINGS_MODULE": "a.dev"}}),
    ("python manage.py migrate", {"server": "python", "script": "manage.py", "task": "migrate"}),
    ("python3.11 run.py --debug", {"server": "python", "script": "run.py", "debug": True, "production_ready": False}),
    (("python", "-m", "pkg.worker"), {"server": "python", "module": "pkg.worker", "production_ready": None}),
    ("gunicorn ${APP_MODULE:-app.main:app}", {"module": "app.main"}),
    ("NODE_ENV=production node --inspect server.js", {"server": "node", "script": "server.js", "debug": True}),
    ("node dist/main.js", {"server": "node", "script": "dist/main.js", "production_ready": True}),
    ("cross-env NODE_ENV=development nodemon src/i.ts", {"script": "src/i.ts", "reload": True}),
    ("npm run start:dev", {"server": "npm", "script": "start:dev", "production_ready": False}),
    ("npm run start:prod", {"server": "npm", "script": "start:prod", "production_ready": None}),
    ("yarn start", {"server": "npm", "script": "start", "production_ready": None}),
    ("next dev", {"server": "node", "production_ready": False}),
    ("next start -p 3000", {"server": "node", "production_ready": True}),
    ("ng serve --host 0.0.0.0", {"server": "node", "production_ready": False}),
    ("java -jar app.jar", {"server": "other", "script": "java"}),
    ("su-exec app uvicorn m:app --log-level debug", {"server": "uvicorn", "debug": True, "production_ready": True}),
    ("opentelemetry-instrument --traces_exporter otlp ddtrace-run gunicorn a:app",
     {"server": "gunicorn", "module": "a"}),
]  # fmt: skip


@pytest.mark.parametrize(("command", "expected"), CASES, ids=[str(case[0])[:60] for case in CASES])
def test_one_launch(command: tuple[str, ...] | str, expected: dict[str, Any]) -> None:
    (launch,) = parse_command(command)
    assert {name: getattr(launch, name) for name in expected} == expected


def test_a_chain_keeps_its_order() -> None:
    found = parse_command("cd /app && alembic upgrade head && exec gunicorn app:app")
    assert [(launch.server, launch.script, launch.task, launch.through) for launch in found] == [
        ("other", "alembic", "upgrade", ()),
        ("gunicorn", "", "", ("exec",)),
    ]


def test_an_entrypoint_script_runs_what_follows_it() -> None:
    found = parse_command(("/entrypoint.sh", "gunicorn", "pygoat.wsgi"))
    assert [(launch.server, launch.script) for launch in found] == [("other", "/entrypoint.sh"), ("gunicorn", "")]


def test_a_script_of_the_project_may_wrap_a_server() -> None:
    found = parse_command("bin/start-web python -m gunicorn.app.wsgiapp -c prod.py shop.wsgi:application")
    assert [(launch.server, launch.module) for launch in found] == [("other", ""), ("gunicorn", "shop.wsgi")]
    found = parse_command(("tini", "--", "/opt/docker-entrypoint.sh", "/opt/launch.sh"))
    assert [launch.script for launch in found] == ["/opt/docker-entrypoint.sh", "/opt/launch.sh"]
    assert [launch.script for launch in parse_command(("/app/entrypoint", "server"))] == ["/app/entrypoint"]


def test_no_secret_stays_in_a_launch() -> None:
    planted = "Tr6w" + "Lz38qa"
    found = parse_command(f"export DB_PASSWORD={planted}\npython x.py --token {planted} --api-key={planted}\n")
    assert planted not in repr(found)
    assert found[0].environment == {"DB_PASSWORD": "…"}


SCRIPT = """#!/bin/sh
set -e
export DJANGO_SETTINGS_MODULE=proj.prod
cat <<EOF
uvicorn never:run
EOF
start() {
  echo hello
}
if [ "$MODE" = "dev" ]; then
  uvicorn app:app --reload   # only here
else
  exec "$@"
fi
case "$1" in
  worker|beat) celery -A proj "$1" ;;
esac
gunicorn proj.wsgi
"""


def test_a_shell_script() -> None:
    found = parse_command(SCRIPT)
    assert [(launch.server, launch.conditional) for launch in found] == [
        ("uvicorn", True),
        ("celery", True),
        ("gunicorn", False),
    ]
    assert found[-1].environment == {"DJANGO_SETTINGS_MODULE": "proj.prod"}


def test_what_only_prepares_is_no_launch() -> None:
    assert parse_command("npm ci && npm run build") == parse_command("npm run build")
    assert parse_command('exec "$@"') == ()
    assert parse_command("") == () == parse_command(())


def test_npm_scripts_are_followed() -> None:
    scripts = {"start": "npm run serve", "serve": "NODE_ENV=production node server.js", "loop": "npm run loop"}
    (launch,) = follow_script(parse_command("npm start")[0], scripts)
    assert (launch.server, launch.script, launch.environment) == ("node", "server.js", {"NODE_ENV": "production"})
    (loop,) = follow_script(Launch("npm", script="loop"), scripts)
    assert loop.script == "loop"
    assert follow_script(Launch("npm", script="absent"), scripts) == (Launch("npm", script="absent"),)


_WORDS = st.sampled_from(
    "sh -c env A=1 python -m uvicorn a:b --reload poetry run npm && -- $X ' if fi case ) wait-for-it gosu".split()
)


@given(st.one_of(st.text(), st.lists(_WORDS).map(" ".join)))
def test_never_raises_on_text(text: str) -> None:
    parse_command(text)


@given(st.lists(st.one_of(st.text(), _WORDS)))
def test_never_raises_on_words(words: list[str]) -> None:
    parse_command(tuple(words))


@pytest.mark.parametrize("text", ["exec " * 20_000, "sh -c '" * 10_000, "$(" * 20_000, "A=" * 50_000, "if " * 30_000])
def test_long_commands_do_not_run_away(text: str) -> None:
    parse_command(text)
