"""Which environment production says it is: the variables for it, and the code that asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.python import Binding
from readycheck.facts.values import Call, Choice, Compare, Const, Items, Name, Opaque, Value
from readycheck.link.environment import EnvSetting
from readycheck.link.possible import Possible
from readycheck.link.project import Project
from readycheck.model import Location, Role, Step

MODE_NAMES = lazy(
    r"(?:ENV|ENVIRONMENT|APP_ENV|APP_ENVIRONMENT|NODE_ENV|FLASK_ENV|DJANGO_ENV|FASTAPI_ENV|PYTHON_ENV|DEPLOY_ENV|"
    r"DEPLOYMENT_ENV(?:IRONMENT)?|RUN_ENV|STAGE|ENV_NAME|ASPNETCORE_ENVIRONMENT|RAILS_ENV|RACK_ENV|SERVER_ENV|"
    r"[A-Z]{2,20}_ENV(?:IRONMENT)?)\Z"
)
LEVEL_NAMES = lazy(r"(?:[A-Z]{2,20}_)?LOG_?(?:GING_)?LEVEL\Z")
# Set by the platform that runs the code, so no file of the repository has to.
_PLATFORM = lazy(r"(?:VERCEL|RAILWAY|RENDER|HEROKU|NETLIFY|GAE|AWS|AZURE|CF|K_|FLY|DYNO|GITHUB|CI)_?")
PRODUCTION = frozenset({"production", "prod", "prd", "live"})
DEVELOPMENT = frozenset({"development", "dev", "devel", "local", "debug", "test", "testing"})
_VARIABLE = lazy(r"(\w+) (?:set by|is set by no deployment|comes from outside|is required)")


@dataclass(frozen=True, slots=True)
class Asked:
    """One test for production in code. `variable` is what it reads, `possible` what that is where production runs."""

    location: Location
    variable: str
    possible: tuple[Possible, ...]
    left: Value


def mode_settings(project: Project, names: re.Pattern[str]) -> Iterator[EnvSetting]:
    """The settings of these variables that production takes, of every kind of deployment."""
    for name in sorted(project.environment.names()):
        if not names.match(name):
            continue
        settings = [s for s in project.environment.all(name) if s.role is Role.PRODUCTION]
        strong = {s.source for s in settings} & {"compose", "kubernetes", "procfile", "command"}
        for setting in settings:
            # What the image or an env file says holds where nothing stronger is said for the same code.
            weak = setting.source in {"env file", "dockerfile"} and strong
            if not weak or not any(_same_code(setting, s) for s in settings if s.source in strong):
                yield setting


def shelved(setting: EnvSetting) -> str:
    """Why a setting may not be what production gets: an env file that no deployment hands to a container."""
    name = setting.location.path.rpartition("/")[2].lower()
    if setting.source != "env file" or "prod" in name:
        return ""
    return "lower tier: no deployment of the repository is handed this env file"


def handed_elsewhere(project: Project, name: str, path: str) -> str:
    """Why a default may not hold where no file sets a variable: a service is handed an env file that is not here.

    Where an example of that file is, and does not name the variable, the default does hold.
    """
    for unit in project.deployment.production():
        uses = [use for use in unit.service.env_files if not use.exists] if unit.service is not None else []
        if not uses or (unit.folder and not path.startswith(f"{unit.folder}/")):
            continue
        folder = uses[0].path.rpartition("/")[0]
        examples = [
            facts.env
            for other, facts in project.files.items()
            if facts.env is not None and other.rpartition("/")[0] == folder and project.role(other) is Role.EXAMPLE
        ]
        if not examples or any(env.get(name) is not None for env in examples):
            return f"{name} may come from {uses[0].path}, which is not in the repository"
    return ""


def _same_code(weak: EnvSetting, strong: EnvSetting) -> bool:
    return weak.covers == strong.covers or not strong.covers or not weak.covers or strong.covers.startswith(weak.covers)


def asked(project: Project) -> Iterator[Asked]:
    """Every comparison with a word for production in code that production may run, by what it reads."""
    for path, facts in project.python.items():
        if project.role(path) is not Role.PRODUCTION:
            continue
        for test in facts.mode_tests:
            left = _subject(test.test)
            if left is None:
                continue
            left = _own_attribute(left, test.scope)
            possible = project.resolver.possible(left, path, test.scope)
            variable = _variable(project, possible, left)
            if variable and not _PLATFORM.match(variable):
                yield Asked(Location(path, test.line), variable, possible, left)


def _subject(test: Value) -> Value | None:
    """What is compared with the word, without `.lower()` and the like."""
    if not isinstance(test, Compare):
        return None
    for word, other in ((test.right, test.left), (test.left, test.right)):
        words = word.items if isinstance(word, Items) else (word,)
        if any(isinstance(w, Const) and str(w.value).lower() in PRODUCTION for w in words):
            return other if isinstance(other, Name | Call | Choice) else None
    return None


def _own_attribute(value: Value, scope: str) -> Value:
    """`self.environment` in a method as the attribute of its class."""
    if isinstance(value, Name) and value.dotted.startswith("self.") and "." in scope:
        return Name(f"{scope.rpartition('.')[0]}.{value.dotted.removeprefix('self.')}")
    return value


def _variable(project: Project, possible: tuple[Possible, ...], left: Value) -> str:
    """The environment variable behind a value: as its chain says, else the settings field it ends at."""
    for found in possible:
        texts = [s.text for s in found.steps] + ([found.value.text] if isinstance(found.value, Opaque) else [])
        for text in texts:
            named = _VARIABLE.match(text)
            if named:
                return named[1]
        for step in reversed(found.steps):
            field = _settings_field(project, step)
            if field:
                return field
    return ""


def _settings_field(project: Project, step: Step) -> str:
    facts = project.python.get(step.path)
    for binding in facts.bindings if facts is not None else ():
        if binding.line == step.line and binding.scope and _in_settings(project, step.path, binding):
            return project.resolver.declared.field_variable(step.path, binding.scope, binding)
    return ""


def _in_settings(project: Project, path: str, binding: Binding) -> bool:
    return project.resolver.declared.is_settings(path, binding.scope)
