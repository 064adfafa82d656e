"""Which rule tells of which committed secret, and which of them count.

| What stands where | Told by |
|---|---|
| PEM private keys, key stores | SEC017 alone |
| base64 in a Kubernetes Secret, Terraform state | SEC018 alone |
| AWS keys in what a deployment reads (env files, compose, manifests, Dockerfiles, CI, scripts) | SEC014 alone |
| placeholders in env files | SEC004; as the default of a setting SEC002 |
| the default of an environment read or of a settings field | SEC002; what looks real also SEC001 |
| `${X:-literal}` in compose | SEC006; what looks real also SEC001 |
| a literal under `environment` in compose | SEC005; what looks real also SEC001 |
| everything else, in every kind of file | SEC001 |

What looks real is told by SEC001 wherever else it is told, because removing it is not enough: it has to be replaced.
SEC003 asks another question of the same places (is this key strong?), SEC008 of whole files (should it be here at
all?), SEC019 of values that stand in several places and of files that only history still holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.credentials import Credential
from readycheck.facts.file import FileFacts
from readycheck.facts.lazily import lazy
from readycheck.facts.secret_names import last_part, name_class, name_words
from readycheck.link.fragments import is_fragment
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.secret_settings import signs_or_encrypts
from readycheck.model import Confidence, Location, Match, Role

_DEFAULTS = frozenset(
    {"settings default", "default of an environment read", "fallback of an expression", "default of a variable"}
)
_LOCAL = lazy(r"(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|0\.0\.0\.0|\[?::1\]?|host\.docker\.internal)(?::|\Z)", re.I)
_CI = lazy(
    r"(?:^|/)(?:\.github/(?:workflows|actions)|\.ci|\.circleci|\.buildkite|\.azure-pipelines|\.woodpecker|\.gitlab)/|"
    r"(?:^|/)(?:\.gitlab-ci|\.travis|azure-pipelines|bitbucket-pipelines|appveyor|\.appveyor|\.drone|\.cirrus)\.ya?ml$|"
    r"(?:^|/)Jenkinsfile$"
)
_API_DOCUMENT = lazy(r"(?:openapi|swagger|postman|insomnia|api[-_]?docs?|apispec)", re.I)
_BROWSER_FILE = lazy(r"\.(?:[jt]sx?|mjs|vue|svelte|html?|astro|kt|swift|plist)$|google-services\.json$|firebase", re.I)
_DEPLOYED = lazy(
    r"\.(?:ya?ml|tf|tfvars|hcl|sh|bash|zsh|ps1|ini|cfg|conf|toml|properties|json)$|(?:^|/)(?:credentials|config)$|"
    r"(?:^|/)[^/]*(?:docker|container)file[^/]*$|(?:^|/)[^/]*\.?env[^/]*$|(?:^|/)(?:Makefile|Procfile|Jenkinsfile)$",
    re.I,
)
_SENT_TO_BROWSERS = lazy(
    r"^(?:NEXT_PUBLIC|VITE|REACT_APP|NUXT_PUBLIC|NUXT_ENV|EXPO_PUBLIC|GATSBY|PUBLIC|VUE_APP|STORYBOOK)_", re.I
)
_TEMPLATE = lazy(r"(?:^|[/._-])(?:example|sample|template|tmpl|dist|tpl)(?:\.[\w.-]{1,20})?$", re.I)
_SEEDS = lazy(
    r"(?:^|/)(?:populate|seed|demo|sample|fake|dummy)[\w-]{0,40}\.(?:py|[cm]?[jt]s|rb|php|sql|sh)$", re.IGNORECASE
)
_TEST_SETTINGS = lazy(r"(?:^|/)(?:pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini|noxfile\.py)$")
_DOCUMENTING = frozenset({Role.DOCUMENTATION})
_OUT_OF_USE = frozenset({Role.DOCUMENTATION, Role.TEST, Role.VENDORED})
_GOOGLE_KEY, _RECAPTCHA_KEY = 39, 40


@dataclass(frozen=True, slots=True)
class Sighting:
    """One credential, the rules that tell of it, and why it does not count ("" if it does)."""

    path: str
    role: Role
    credential: Credential
    rules: frozenset[str]
    excuse: str

    @property
    def location(self) -> Location:
        """Where it stands."""
        return Location(self.path, self.credential.line, self.credential.column)

    @property
    def what(self) -> str:
        """The kind of secret and its redacted form."""
        return describe_credential(self.credential)


@once
def sightings(project: Project) -> Iterator[Sighting]:
    """Every credential of the project, judged."""
    judge = _Judge(project)
    for path, facts in project.files.items():
        if facts.credentials:
            role = project.role(path)
            for credential in facts.credentials:
                if not judge.is_reference(path, credential):
                    yield judge.sighting(path, facts, role, credential)


def describe_credential(credential: Credential) -> str:
    """What was found, redacted: `password literal DB_PASSWORD = Rx… (20 characters)`."""
    name = last_part(credential.name) or credential.name
    at = f" for {credential.host}" if credential.host and len(credential.host) < 80 else ""
    size = f"{credential.hidden.length} character{'s' if credential.hidden.length != 1 else ''}"
    named = f" {name[:60]} =" if name else ""
    return f"{credential.detector}{at}{named} {credential.hidden.shown} ({size})"


def match_of(seen: Sighting, values: dict[str, str], excuse: str | None = None) -> Match:
    """The finding about a sighting; with an excuse it is told but does not count."""
    credential = seen.credential
    excuse = seen.excuse if excuse is None else excuse
    return Match(
        seen.location,
        values,
        confidence=Confidence.LOW if excuse else credential.confidence,
        counts=not excuse,
        note=excuse,
        key=f"{credential.detector}:{credential.name}:{credential.hidden.shown}{credential.hidden.length}",
    )


class _Judge:
    """Knows the places of the project that other rules own."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._environment = {
            (variable.location.path, variable.location.line)
            for _, service in project.services(production=False)
            for variable in service.environment.values()
        }
        self._in_use = {
            credential.hidden.digest
            for path, facts in project.files.items()
            if facts.credentials and project.role(path) not in _OUT_OF_USE
            for credential in facts.credentials
            if credential.kind == "secret"
        }

    def sighting(self, path: str, facts: FileFacts, role: Role, credential: Credential) -> Sighting:
        rules = self._rules(path, facts, credential)
        return Sighting(path, role, credential, rules, self._excuse(path, facts, role, credential))

    def is_reference(self, path: str, credential: Credential) -> bool:
        """Whether the value only names a secret that is kept elsewhere (`secretKey` of an ExternalSecret)."""
        kubernetes = self._project.files[path].kubernetes
        if kubernetes is None or last_part(credential.name) not in {"secretKey", "key", "property", "secretName"}:
            return False
        return any("Secret" in other.kind for other in kubernetes.others) and credential.kind != "secret"

    def _rules(self, path: str, facts: FileFacts, credential: Credential) -> frozenset[str]:
        if credential.form == "private-key":
            return frozenset({"SEC017"})
        if credential.form == "encoded":
            return frozenset({"SEC018"})
        if is_aws(credential) and _DEPLOYED.search(path):
            return frozenset({"SEC014"})
        leaked = {"SEC001"} if credential.kind == "secret" else set()
        if facts.compose is not None and credential.detector == "fallback of a variable":
            return frozenset({"SEC006"} | leaked)
        if self._is_default(path, facts, credential):
            # `token || "xxx"` is an example that a page shows, not a setting.
            shown = credential.kind == "placeholder" and credential.detector == "fallback of an expression"
            return frozenset() if shown and not path.endswith(".py") else frozenset({"SEC002"} | leaked)
        if credential.kind == "placeholder":
            return frozenset({"SEC004"} if facts.env is not None else ())
        if facts.compose is not None and self._under_environment(path, credential):
            return frozenset({"SEC005"} | leaked)
        return frozenset({"SEC001"})

    def _under_environment(self, path: str, credential: Credential) -> bool:
        if credential.form not in {"literal", "vendor"} or not name_class(last_part(credential.name)).kind:
            return False
        return ".environment." in credential.name or (path, credential.line) in self._environment

    def _is_default(self, path: str, facts: FileFacts, credential: Credential) -> bool:
        if credential.detector in _DEFAULTS or credential.detector == "fallback of a variable":
            return True
        return credential.form in {"url", "vendor"} and credential.line in _default_lines(facts)

    def _excuse(self, path: str, facts: FileFacts, role: Role, credential: Credential) -> str:
        """Why a credential is told at a lower tier, "" if it counts."""
        public = public_by_design(path, credential)
        if public:
            return public
        for holds, excuse in self._circumstances(path, facts, role, credential):
            if holds:
                return excuse
        return ""

    def _circumstances(
        self, path: str, facts: FileFacts, role: Role, credential: Credential
    ) -> Iterator[tuple[bool, str]]:
        """What may excuse a credential, the plainest first; the last ones only what does not look real."""
        real = credential.kind == "secret"
        yield role is Role.TEST, "in a test"
        yield role is Role.VENDORED, "in other people's code"
        yield credential.kind == "fake", "made up for a test or a build step, as its own words say"
        yield facts.env is not None and not self._tracks(path), "in an env file that git does not track"
        yield "example" in credential.hidden.traits, "the line says that it is an example"
        yield _API_DOCUMENT.search(path) is not None, "in the description of an API"
        yield credential.detector == "JSON web token" and not _is_setting(facts, path), "a token, which expires"
        yield role in _DOCUMENTING and not self._is_live(credential), "an example in the documentation"
        yield _CI.search(path) is not None and not _outlives_a_job(credential), "for what lives as long as a CI job"
        yield not real and _TEMPLATE.search(path) is not None, "in a template: better a value that cannot work"
        yield not real and role is Role.DEVELOPMENT, "a password for development, which opens nothing in production"
        yield not real and _in_build_step(facts, credential.line), "for a step of the build"
        laptops = role is Role.DEVELOPMENT
        yield not real and laptops and facts.compose is not None, "in a compose file for laptops"
        yield not real and laptops and facts.env is not None, "in an env file for laptops"
        yield not real and is_fragment(self._project, path), "in a piece of code that is shown and does not run"
        yield not real and _is_for_this_machine(path, facts.text, credential), "for the same machine"
        yield not real and _SEEDS.search(path) is not None, "for made-up accounts of a script that fills in samples"
        yield not real and _TEST_SETTINGS.search(path) is not None, "a setting of the test runner"
        yield (
            not real and credential.form == "url" and _LOCAL.match(credential.host) is not None,
            "for the same machine",
        )

    def _tracks(self, path: str) -> bool:
        return self._project.is_tracked(path)

    def _is_live(self, credential: Credential) -> bool:
        """Whether a value in a document is more than an example: it is in use, or stands there as a variable."""
        if credential.kind != "secret" or credential.detector == "JSON web token":
            return False
        if credential.hidden.digest in self._in_use or credential.form == "vendor":
            return True
        return credential.form == "literal" and last_part(credential.name).isupper()


def _is_setting(facts: FileFacts, path: str) -> bool:
    return (
        facts.env is not None or facts.compose is not None or path.endswith((".yml", ".yaml", ".toml", ".ini", ".json"))
    )


def _outlives_a_job(credential: Credential) -> bool:
    """A token in a pipeline opens something outside; passwords and signing keys are for the services of the job."""
    name = last_part(credential.name)
    if credential.kind != "secret" or credential.form == "url":
        return False
    return name_class(name).kind != "password" and not signs_or_encrypts(name)


def _in_build_step(facts: FileFacts, line: int) -> bool:
    """Whether the line is part of a RUN, whose variables do not outlive it."""
    if facts.dockerfile is None:
        return False
    runs = (run for stage in facts.dockerfile.stages for run in stage.all("RUN"))
    return any(run.line <= line <= run.end_line for run in runs)


def _is_for_this_machine(path: str, text: str, credential: Credential) -> bool:
    """Whether a script names this machine as the server that a password is for (`DB_HOST=localhost`)."""
    stem, _, kind = last_part(credential.name).upper().rpartition("_")
    if not stem or kind not in {"PASSWORD", "PASS", "AUTH", "PWD"} or not path.endswith((".sh", ".bash")):
        return False
    place = rf"\b{re.escape(stem)}_(?:HOST|HOSTNAME|SERVER|ADDRESS|URL|URI)=[\"']?(?:[a-z+]{{2,20}}://)?([^\s\"'/:]{{1,80}})"
    hosts = re.findall(place, text, re.IGNORECASE)
    return bool(hosts) and all(_LOCAL.match(host) for host in hosts)


def _default_lines(facts: FileFacts) -> frozenset[int]:
    """The lines on which an environment read or a settings field has a default."""
    lines: set[int] = set()
    if facts.python is not None:
        lines |= {read.line for read in facts.python.env_reads if read.default is not None}
        settings = {f"{c.scope}.{c.name}" if c.scope else c.name for c in facts.python.classes if _is_settings(c.bases)}
        lines |= {b.line for b in facts.python.bindings if b.scope in settings and b.annotation}
    if facts.javascript is not None:
        lines |= {read.line for read in facts.javascript.env_reads if read.default is not None}
    return frozenset(lines)


def _is_settings(bases: tuple[str, ...]) -> bool:
    return any("Settings" in base for base in bases)


def is_aws(credential: Credential) -> bool:
    """Whether this is a static key of AWS: by its own shape, or by its name and the length of such a key."""
    if credential.kind != "secret":
        return False
    if credential.detector == "AWS access key":
        return True
    words = name_words(last_part(credential.name))
    return "aws" in words and "secret" in words and credential.hidden.length == 40


def public_by_design(path: str, credential: Credential) -> str:
    """Why a key may be known to everyone, "" if it may not.

    Sentry DSNs, publishable keys of Stripe and Mapbox, search keys of Algolia, project keys of PostHog, site keys of
    reCAPTCHA and browser keys of Google are sent to every visitor: what protects them is a limit on their use.
    """
    name, shown = last_part(credential.name).lower(), credential.hidden.shown[:2]
    if credential.kind != "secret":
        return ""
    if "sentry" in credential.host.lower():
        return "a Sentry DSN only lets its holder send events"
    if shown == "pk" and ("publish" in name or "stripe" in name or "mapbox" in name or "public" in name or not name):
        return "a publishable key is made to be sent to browsers"
    if shown == "ph" and "posthog" in name:
        return "a PostHog project key only lets its holder send events"
    if "algolia" in name and ("search" in name or "public" in name):
        return "a search key is made to be sent to browsers"
    if shown == "6L" and credential.hidden.length == _RECAPTCHA_KEY and ("site" in name or "public" in name):
        return "a site key is made to be sent to browsers"
    if (
        credential.detector == "Google API key"
        and credential.hidden.length == _GOOGLE_KEY
        and _BROWSER_FILE.search(path)
    ):
        return "a browser key of Google; check that it is limited to your sites and to the APIs you use"
    if _SENT_TO_BROWSERS.match(last_part(credential.name)) and not {"secret", "password"} & set(name_words(name)):
        return "its name says that it is sent to browsers"
    return ""
