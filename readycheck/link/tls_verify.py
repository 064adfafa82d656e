"""Every place that decides whether the certificate of the other side is checked, in code, environment and commands."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.javascript import JsOption
from readycheck.facts.python import Binding, PythonCall
from readycheck.facts.values import Argument, Const, Name, Value
from readycheck.link.describe import describe
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.resolve import truth
from readycheck.link.tls_commands import insecure_commands
from readycheck.link.tls_shape import Verification
from readycheck.model import Location

# Calls that extraction must record for this module: by a keyword, or by name. The last words are those of assignments.
CALLS = frozenset(
    "sslmode= verify= ssl= verify_ssl= verify_certs= cert_reqs= ssl_cert_reqs= tlsAllowInvalidCertificates= "
    "validate_certs= ssl_verify= "
    "_create_unverified_context create_default_context tls_insecure_set check_hostname= verify_mode= "
    "_create_default_https_context= PYTHONHTTPSVERIFY= NODE_TLS_REJECT_UNAUTHORIZED".split()
)
_VERBS = frozenset(
    "get post put patch delete head options request send stream ws_connect TCPConnector ClientSession Client "
    "AsyncClient Session HTTPTransport AsyncHTTPTransport client resource download urlopen fetch".split()
)
_SWITCHES = {
    "verify": False, "verify_ssl": False, "verify_certs": False, "validate_certs": False, "ssl_verify": False,
    "tlsAllowInvalidCertificates": True,
}  # fmt: skip
_NOT_TLS = ("jwt", "jose", "PIL", "bcrypt", "argon2")
_NONE = frozenset({"CERT_NONE", "none", "0"})
_CLIENTS = {
    **{name: name for name in "requests httpx aiohttp urllib3 boto3 openai stripe axios node-fetch got https".split()},
    **{name: name for name in "undici superagent nodemailer smtplib anthropic".split()},
    "urllib.request": "urllib",
    "node:https": "https",
    "sentry_sdk": "sentry-sdk",
}
_JS_OFF = {
    "rejectUnauthorized": False,
    "strictSSL": False,
    "tlsAllowInvalidCertificates": True,
    "trustServerCertificate": True,
}
_VARIABLES = {
    "NODE_TLS_REJECT_UNAUTHORIZED": False,
    "PYTHONHTTPSVERIFY": False,
    "GIT_SSL_NO_VERIFY": True,
    "NPM_CONFIG_STRICT_SSL": False,
    "npm_config_strict_ssl": False,
}
# What is assigned to where certificates are checked; most files have nothing of the kind.
_TELLING = ("verify_mode", "check_hostname", "verify", "_create_default_https_context", "VERIFY]", "UNAUTHORIZED]")


@once
def verifications(project: Project) -> Iterator[Verification]:
    """Every place, in every role."""
    for path, facts in project.python.items():
        for call in facts.calls:
            yield from _call(project, path, call)
        yield from _bindings(project, path, facts.bindings)
        yield from _imports(path, ((i.target, i.line) for i in facts.imports))
    for path, script in project.javascript.items():
        for option in script.options:
            yield from _option(path, option, {b.name: b.value for b in script.bindings})
        for bound in script.bindings:
            if bound.name.endswith("NODE_TLS_REJECT_UNAUTHORIZED") and truth(bound.value) is False:
                yield Verification(Location(path, bound.line), bound.name, "Node accepts every certificate")
        yield from _imports(path, ((i.module, i.line) for i in script.imports))
    yield from _environment(project)
    yield from insecure_commands(project)


def _imports(path: str, imports: Iterator[tuple[str, int]]) -> Iterator[Verification]:
    seen: set[str] = set()
    for module, line in imports:
        if module.startswith("aiohttp.web"):
            continue  # its server, which connects to nobody
        name = _CLIENTS.get(module) or _CLIENTS.get(module.partition(".")[0]) or _CLIENTS.get(module.rpartition(".")[0])
        if name and name not in seen:
            seen.add(name)
            yield Verification(Location(path, line), f"{name} checks certificates unless it is told not to")


def _call(project: Project, path: str, found: PythonCall) -> Iterator[Verification]:
    call = found.call
    last = call.name.rpartition(".")[2]
    place = Location(path, found.line, found.column)
    if last == "_create_unverified_context":
        yield Verification(place, call.name, "ssl._create_unverified_context accepts every certificate")
    elif last == "create_default_context" and call.name.startswith("ssl"):
        ca = call.argument("cafile") or call.argument("capath") or call.argument("cadata")
        yield Verification(place, "ssl.create_default_context" + (" with a CA of its own" if ca else ""))
    elif last == "tls_insecure_set" and call.args and truth(call.args[0].value):
        yield Verification(place, last, "tls_insecure_set(True) accepts every name")
    if call.name.startswith(_NOT_TLS) or last in {"decode", "loads", "save"}:
        return
    for argument in call.args:
        if argument.name in _SWITCHES and (argument.name != "verify" or _speaks_tls(call.name, last, path, project)):
            yield from _switch(project, path, found, argument, _SWITCHES[argument.name])
        elif argument.name == "ssl" and last in _VERBS and _imports_module(project, path, "aiohttp"):
            yield from _switch(project, path, found, argument, False)
        elif (
            argument.name == "sslmode"
            and isinstance(argument.value, Const)
            and str(argument.value.value).startswith("verify-")
        ):
            yield Verification(
                Location(path, argument.line), f"the database connection is told sslmode={argument.value.value}"
            )
        elif argument.name in {"cert_reqs", "ssl_cert_reqs"}:
            yield from _requirement(project, path, found, argument)


def _imports_module(project: Project, path: str, module: str) -> bool:
    return any(i.target.partition(".")[0] == module for i in project.python[path].imports)


def _speaks_tls(name: str, last: str, path: str, project: Project) -> bool:
    """Whether `verify=` of this call is about certificates."""
    if name.partition(".")[0] in {"requests", "httpx", "boto3", "aioboto3", "hvac", "botocore"}:
        return True
    return last in _VERBS or any(_imports_module(project, path, module) for module in ("requests", "httpx", "boto3"))


def _switch(project: Project, path: str, found: PythonCall, argument: Argument, off: bool) -> Iterator[Verification]:
    """`verify=False` and its like; the effective value through settings and defaults of parameters."""
    place = Location(path, argument.line)
    how = f"{found.call.name.lstrip('.') or 'a call'}({argument.name}=…)"
    value = _parameter_default(project, path, found.scope, argument.value)
    if value is None:
        return  # the callers decide, and their calls are looked at
    for possible in project.resolver.possible(value, path, found.scope):
        state = truth(possible.value)
        if (
            isinstance(possible.value, Const)
            and isinstance(possible.value.value, str)
            and state
            and "/" in possible.value.value
        ):
            yield Verification(place, f"{how} checks against a CA of its own", chain=possible.steps)
        elif isinstance(possible.value, Const) and possible.value.value is None and argument.name in {"ssl", "verify"}:
            yield Verification(place, f"{how} keeps the default")
        elif state is off:
            yield Verification(
                place,
                how,
                f"{argument.name}={describe(argument.value)} accepts every certificate",
                chain=possible.steps,
                certain=possible.certain,
            )
            return
        elif (
            state is None
            and isinstance(possible.value, Name)
            and possible.value.dotted.partition(".")[0] in {"self", "kwargs", "cls"}
        ):
            continue
        elif state is None and not isinstance(argument.value, Const):
            text = getattr(possible.value, "text", "") or f"{describe(argument.value)} is not followed"
            safe = "ssl" in text.lower() or "context" in describe(argument.value).lower()
            yield Verification(
                place, f"{how} is given {describe(argument.value)}", doubt="" if safe else f"{argument.name}: {text}"
            )
        else:
            yield Verification(place, f"{how} checks certificates", chain=possible.steps)


def _parameter_default(project: Project, path: str, scope: str, value: Value) -> Value | None:
    """The default of a parameter that is passed on; None if it has none; the value itself if it is no parameter."""
    if not isinstance(value, Name) or "." in value.dotted:
        return value
    for function in project.python[path].functions:
        name = f"{function.scope}.{function.name}" if function.scope else function.name
        if name == scope:
            for parameter in function.parameters:
                if parameter.name == value.dotted and not project.resolver.bindings(path, scope, value.dotted):
                    return parameter.default
    return value


def _requirement(project: Project, path: str, found: PythonCall, argument: Argument) -> Iterator[Verification]:
    place, how = Location(path, argument.line), f"{found.call.name}({argument.name}=…)"
    for possible in project.resolver.possible(argument.value, path, found.scope):
        if _accepts_all(possible.value):
            yield Verification(
                place,
                how,
                f"{argument.name}={describe(argument.value)} accepts every certificate",
                chain=possible.steps,
            )
        else:
            yield Verification(place, f"{how} is {describe(possible.value)}")
        return


def _accepts_all(value: Value) -> bool:
    match value:
        case Name(dotted=dotted):
            return dotted.rpartition(".")[2] == "CERT_NONE"
        case Const(value=constant):
            return constant is None or str(constant) in _NONE
    return False


def _bindings(project: Project, path: str, assigned: tuple[Binding, ...]) -> Iterator[Verification]:
    bindings = [b for b in assigned if b.name.endswith(_TELLING)]
    unchecked = {
        (b.scope, b.name.rpartition(".")[0])
        for b in bindings
        if b.name.endswith(".verify_mode") and _accepts_all(b.value)
    }
    for binding in bindings:
        owner, _, attribute = binding.name.rpartition(".")
        place = Location(path, binding.line)
        if attribute == "verify_mode" and owner:
            if _accepts_all(binding.value):
                yield Verification(
                    place,
                    binding.name,
                    f"{binding.name} = CERT_NONE accepts every certificate",
                    certain=not binding.guards,
                )
        elif attribute == "check_hostname" and owner and (binding.scope, owner) not in unchecked:
            if truth(binding.value) is False:
                yield Verification(
                    place,
                    binding.name,
                    f"{binding.name} = False accepts a certificate for any other name",
                    certain=not binding.guards,
                )
        elif (
            attribute == "verify"
            and owner
            and (_imports_module(project, path, "requests") or _imports_module(project, path, "httpx"))
        ):
            yield from _assigned(project, path, binding)
        elif attribute == "_create_default_https_context" and "unverified" in describe(binding.value):
            yield Verification(place, binding.name, "urllib accepts every certificate in the whole process")
        elif (
            binding.name in {"os.environ[PYTHONHTTPSVERIFY]", "os.environ[NODE_TLS_REJECT_UNAUTHORIZED]"}
            and truth(binding.value) is False
        ):
            yield Verification(place, binding.name, f"{binding.name} switches the check off for the whole process")


def _assigned(project: Project, path: str, binding: Binding) -> Iterator[Verification]:
    place = Location(path, binding.line)
    value = _parameter_default(project, path, binding.scope, binding.value)
    for possible in project.resolver.possible(value, path, binding.scope) if value is not None else ():
        state = truth(possible.value)
        if state is False and not (isinstance(possible.value, Const) and possible.value.value is None):
            yield Verification(
                place,
                binding.name,
                f"{binding.name} = {describe(binding.value)} accepts every certificate",
                chain=possible.steps,
                certain=possible.certain,
            )
            return
        if state:
            yield Verification(place, f"{binding.name} checks certificates", chain=possible.steps)


def _option(path: str, option: JsOption, constants: dict[str, Value]) -> Iterator[Verification]:
    off = _JS_OFF.get(option.name)
    if off is None:
        return
    place = Location(path, option.line, option.column)
    value = option.value
    if isinstance(value, Name):
        value = constants.get(value.dotted, value)
    state = truth(value)
    if state is off and not (isinstance(value, Const) and value.value is None):
        yield Verification(place, option.name, f"{option.name}: {describe(option.value)} accepts every certificate")
    elif state is None:
        yield Verification(place, option.name, doubt=f"{option.name} is decided by {describe(option.value)}")
    else:
        yield Verification(place, f"{option.name} is {describe(value)}")


def _environment(project: Project) -> Iterator[Verification]:
    for name, off in _VARIABLES.items():
        for setting in project.environment.all(name):
            if setting.value is not None and truth(Const(setting.value)) is off:
                what = f"{name}={setting.value} switches the check off for the whole process"
                yield Verification(setting.location, name, what, role=setting.role)
