"""What a Python expression is in production: names, settings, environment reads and branches followed across files."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

from readycheck.facts.python import Binding, Class, Function, Guard, PythonFacts, reads_environment
from readycheck.facts.values import (
    Argument,
    Call,
    Choice,
    Compare,
    Const,
    Hidden,
    Items,
    Joined,
    Logic,
    Name,
    Opaque,
    Table,
    Value,
)
from readycheck.link.declarations import Declarations
from readycheck.link.describe import describe
from readycheck.link.environment import Environment
from readycheck.link.modules import ModuleIndex
from readycheck.link.possible import Place, Possible, called, compared, string_method, truth
from readycheck.model import Step

__all__ = ["Possible", "Resolver", "truth"]

MAX_DEPTH = 12
MAX_POSSIBLE = 8
# How many expressions one question may lead to: settings modules full of branches would otherwise multiply.
MAX_STEPS = 2_000
# Calls that say as much as their first argument (or, for a method, as what they are called on).
_TRANSPARENT = frozenset(
    "str int bool float list tuple set sorted json.loads loads cast typing.cast Path pathlib.Path SecretStr "
    "pydantic.SecretStr strtobool distutils.util.strtobool frozenset AnyHttpUrl pydantic.AnyHttpUrl PostgresDsn "
    "pydantic.PostgresDsn".split()
)
_TRANSPARENT_METHODS = frozenset(
    "split strip lower upper rstrip lstrip get_secret_value copy casefold unicode_string".split()
)


class Resolver:
    """Follows values through the modules of one project under the environment of its deployments."""

    def __init__(self, modules: Mapping[str, PythonFacts], index: ModuleIndex, environment: Environment) -> None:
        self._modules = modules
        self._index = index
        self._environment = environment
        self.declared = Declarations(modules, index)
        self._steps = 0
        self._guards: dict[tuple[str, str, int, bool], bool | None] = {}

    def possible(self, value: Value, path: str, scope: str = "") -> tuple[Possible, ...]:
        """Every value the expression can have in production; an Opaque value says why one is not known."""
        self._steps = 0
        return self._possible(value, Place(path, scope))

    def _possible(self, value: Value, at: Place) -> tuple[Possible, ...]:
        return tuple(itertools.islice(self._resolve(value, at), MAX_POSSIBLE))

    def holds(self, guards: tuple[Guard, ...], path: str, scope: str = "") -> bool | None:
        """Whether code under these conditions runs in production; None when that is not known."""
        self._steps = 0
        return self._hold(guards, Place(path, scope))

    def _hold(self, guards: tuple[Guard, ...], at: Place) -> bool | None:
        answers = [self._holds_one(guard, at) for guard in guards]
        return False if False in answers else None if None in answers else True

    def _holds_one(self, guard: Guard, at: Place) -> bool | None:
        if at.frame is not None and at.depth <= MAX_DEPTH:
            # Inside a function the answer is that of one call.
            answers = {truth(p.value) for p in self._possible(guard.test, at.deeper())}
            return answers.pop() is guard.holds if len(answers) == 1 and None not in answers else None
        key = (at.path, at.scope, guard.line, guard.holds)
        if key not in self._guards:
            self._guards[key] = None  # what a condition says of itself is not known
            answers = {truth(p.value) for p in self._possible(guard.test, at.deeper())}
            if len(answers) == 1 and None not in answers:
                self._guards[key] = answers.pop() is guard.holds
        return self._guards[key]

    def bindings(self, path: str, scope: str, name: str) -> tuple[Binding, ...]:
        """The assignments to a name in one scope of one module, in order."""
        return self.declared.bindings(path, scope, name)

    def find_class(self, dotted: str, path: str) -> tuple[str, Class] | None:
        """The project's own class behind a name as one module says it."""
        return self.declared.find_class(dotted, path)

    def find_function(self, dotted: str, path: str) -> tuple[str, Function] | None:
        """The project's own function behind a name as one module says it."""
        return self.declared.find_function(dotted, path)

    def _resolve(self, value: Value, at: Place) -> Iterator[Possible]:
        self._steps += 1
        if at.depth > MAX_DEPTH or self._steps > MAX_STEPS:
            yield Possible(Opaque("followed too far"))
            return
        match value:
            case Const() | Hidden() | Opaque() | Table():
                yield Possible(value)
            case Name(dotted=dotted):
                given = at.given(dotted) if not self.declared.bindings(at.path, at.scope, dotted) else None
                yield from self._resolve(*given) if given else self._name(dotted, at)
            case Items(items=items):
                yield from self._items(items, at)
            case Choice(options=options):
                yield from self._choice(options, at)
            case Call():
                yield from self._call(value, at)
            case Compare(left=left, op=op, right=right):
                yield from self._compare(left, op, right, at)
            case Logic(op=op, parts=parts):
                yield Possible(self._logic(op, parts, at))
            case Joined(parts=parts, how=how):
                yield from self._joined(parts, how, at)

    def _items(self, items: tuple[Value, ...], at: Place) -> Iterator[Possible]:
        resolved: list[Value] = []
        steps: tuple[Step, ...] = ()
        for item in items:
            first = next(self._resolve(item, at.deeper()), Possible(Opaque("unknown item")))
            resolved.append(first.value)
            steps += first.steps
        yield Possible(Items(tuple(resolved)), steps[:6])

    def _choice(self, options: tuple[Value, ...], at: Place) -> Iterator[Possible]:
        for option in options:
            for found in self._resolve(option, at.deeper()):
                if isinstance(found.value, Const) and found.value.value in (None, "") and option is not options[-1]:
                    continue
                yield replace(found, certain=False)

    def _compare(self, left: Value, op: str, right: Value, at: Place) -> Iterator[Possible]:
        lefts = list(self._resolve(left, at.deeper()))
        rights = list(self._resolve(right, at.deeper()))
        for a in lefts:
            for b in rights:
                answer = compared(a.value, op, b.value)
                if op in {"in", "not-in"} and b.value == Name("os.environ") and isinstance(a.value, Const):
                    answer = bool(self._environment.production(str(a.value.value), at.path)) is (op == "in")
                result = Opaque("a comparison readycheck cannot decide") if answer is None else Const(answer)
                yield Possible(result, (*a.steps, *b.steps), a.certain and b.certain)

    def _logic(self, op: str, parts: tuple[Value, ...], at: Place) -> Value:
        answers: list[bool | None] = []
        for part in parts:
            found = {truth(p.value) for p in self._resolve(part, at.deeper())}
            answers.append(found.pop() if len(found) == 1 else None)
        if op == "not":
            return Opaque("a negation of something unknown") if answers[0] is None else Const(not answers[0])
        decisive = op == "or"
        if decisive in answers:
            return Const(decisive)
        return Opaque("a condition that is not known") if None in answers else Const(not decisive)

    def _joined(self, parts: tuple[Value, ...], how: str, at: Place) -> Iterator[Possible]:
        if how not in {"f-string", "concat"}:
            yield Possible(Joined(parts, how))
            return
        resolved = [next(self._resolve(part, at.deeper()), Possible(Opaque("unknown"))) for part in parts]
        steps = tuple(s for p in resolved for s in p.steps)
        if all(isinstance(p.value, Const) for p in resolved):
            yield Possible(Const("".join(str(p.value.value) for p in resolved if isinstance(p.value, Const))), steps)
        else:
            yield Possible(Joined(tuple(p.value for p in resolved), how), steps)

    def _call(self, call: Call, at: Place) -> Iterator[Possible]:
        last = call.name.rpartition(".")[2]
        if call.name == "[]" and isinstance(call.receiver, Name):
            yield from self._subscript(call, call.receiver, at)
        elif reads_environment(call):
            yield from self._environment_read(call, at)
        elif last == "Field" or call.name in _TRANSPARENT:
            inner = call.argument("default", 0) or call.argument("default_factory")
            yield from self._resolve(inner.value if inner else Opaque("no default"), at.deeper())
        elif call.name == "lambda" and call.args:
            yield from self._resolve(call.args[0].value, at.deeper())
        elif last in _TRANSPARENT_METHODS and (call.receiver is not None or "." in call.name):
            owner = call.receiver if call.receiver is not None else Name(call.name.rpartition(".")[0])
            for found in self._resolve(owner, at.deeper()):
                yield replace(found, value=string_method(found.value, last, call.args))
        elif call.receiver is not None and call.name.startswith(".") and not call.args:
            yield from self._attribute_of(call.receiver, call.name[1:], at)
        else:
            yield from self._own_call(call, at)

    def _own_call(self, call: Call, at: Place) -> Iterator[Possible]:
        function = self.declared.find_function(call.name, at.path)
        if function is None or not function[1].returns:
            yield Possible(call)
            return
        inside = called(call, *function, at)
        live: list[Value] = []
        for value, guards in zip(function[1].returns, function[1].return_guards, strict=True):
            holds = self._hold(guards, inside.deeper())
            if holds is not False:
                live.append(value)
            # Without a condition it may still stand in a `try`, and what follows may be what is returned.
            if holds and guards:
                break
        for value in live:
            for inner in self._resolve(value, inside):
                yield replace(inner, certain=inner.certain and len(live) == 1)

    def _subscript(self, call: Call, owner: Name, at: Place) -> Iterator[Possible]:
        key = call.args[0].value if call.args else Opaque("no key")
        if at.frame is not None:
            key = next(self._resolve(key, at.deeper()), Possible(key)).value
        text = key.value if isinstance(key, Const) else None
        if owner.dotted in {"os.environ", "environ"} and isinstance(text, str):
            yield from self._variable(text, None, at)
            return
        if isinstance(text, str):
            found = self._lookup(f"{owner.dotted}[{text}]", at)
            if found is not None:
                yield from found
                return
            for table in self._resolve(owner, at.deeper()):
                if isinstance(table.value, Table) and (item := table.value.get(text)) is not None:
                    yield from self._resolve(item, at.deeper())
                    return
        yield Possible(Opaque(f"an item of {owner.dotted}"))

    def _environment_read(self, call: Call, at: Place) -> Iterator[Possible]:
        first = call.args[0].value if call.args else Opaque("no name")
        if at.frame is not None:
            first = next(self._resolve(first, at.deeper()), Possible(first)).value
        if not (isinstance(first, Const) and isinstance(first.value, str)):
            yield Possible(Opaque("an environment variable with a computed name"))
            return
        default = call.argument("default", 1) or self._declared_default(call, first.value, at)
        value = default.value if default else (Const(None) if call.name.endswith(("getenv", "environ.get")) else None)
        yield from self._variable(first.value, value, at)

    def _declared_default(self, call: Call, name: str, at: Place) -> Argument | None:
        """`env = Env(NAME=(bool, False))` of django-environ gives `env("NAME")` its default."""
        for binding in self.declared.bindings(at.path, "", call.name.partition(".")[0]):
            given = binding.value.argument(name) if isinstance(binding.value, Call) else None
            if given is not None and isinstance(given.value, Items) and len(given.value.items) == 2:
                return Argument("default", given.value.items[1], given.line)
        return None

    def _variable(self, name: str, default: Value | None, at: Place) -> Iterator[Possible]:
        """The value of an environment variable: as a deployment sets it, else the default in the code."""
        settings = self._environment.production(name, at.path)
        for setting in settings:
            step = Step(setting.location.path, setting.location.line, f"{name} set by {setting.source}")
            if setting.value is None:
                yield Possible(Opaque(f"{name} comes from outside the repository"), (step,))
            else:
                yield Possible(Const(setting.value), (step,), certain=len(settings) == 1)
        if settings:
            return
        if default is None:
            yield Possible(Opaque(f"{name} is required and set by no deployment in the repository"))
            return
        for found in self._resolve(default, at.deeper()):
            step = Step(at.path, 0, f"{name} is set by no deployment, so the default holds")
            yield replace(found, steps=(*found.steps, step))

    def _attribute_of(self, owner: Value, attribute: str, at: Place) -> Iterator[Possible]:
        for found in self._resolve(owner, at.deeper()):
            if isinstance(found.value, Call):
                yield from self._member(found.value.name, attribute, at)
            else:
                yield Possible(Opaque(f"attribute {attribute}"))

    def _name(self, dotted: str, at: Place) -> Iterator[Possible]:
        found = None if self.declared.is_imported(dotted, at.path) else self._lookup(dotted, at)
        if found is not None:
            yield from found
            return
        for module, rest in self.declared.targets(dotted, at.path):
            if module == at.path or not rest:
                continue
            other = self._lookup(rest, at.deeper(module, ""))
            if other is not None:
                yield from other
                return
        if dotted.startswith("django.conf.settings."):
            yield from self._django(dotted.removeprefix("django.conf.settings."), at)
            return
        yield Possible(Name(dotted))

    def _django(self, name: str, at: Place) -> Iterator[Possible]:
        for path in self.declared.django_settings:
            found = self._lookup(name, at.deeper(path, ""))
            if found:
                yield from found
                return
        yield Possible(Opaque(f"setting {name}"))

    def _lookup(self, dotted: str, at: Place) -> list[Possible] | None:
        """The possible values of a name in its scope, the enclosing ones and the module; None if it is unbound."""
        if at.path not in self._modules or at.depth > MAX_DEPTH:
            return None
        table = self.declared.table(at.path)
        scope = at.scope
        while True:
            if (scope, dotted) in table:
                return list(self._bound(table[scope, dotted], at, scope))
            head, _, rest = dotted.partition(".")
            if rest and (scope, head) in table:
                return list(self._member_of(table[scope, head], rest, at, scope))
            if not scope:
                break
            scope = scope.rpartition(".")[0]
        if rest and (member := list(self._class_member(at.path, head, rest, at))):
            return member
        for statement in self._modules[at.path].imports:
            if statement.local == "*":
                module = self._index.find(statement.target.removesuffix(".*"), at.path)
                if module and module != at.path and (found := self._lookup(dotted, at.deeper(module, ""))):
                    return found
        return None

    def _bound(self, bindings: list[Binding], at: Place, scope: str) -> Iterator[Possible]:
        live = [b for b in bindings if self._live(b, at)]
        plain = [b for b in live if not b.augments]
        last_sure = max((i for i, b in enumerate(plain) if not b.guards), default=0)
        chosen = plain[last_sure:] + [b for b in live if b.augments]
        for binding in chosen:
            step = Step(at.path, binding.line, f"{binding.name} = {describe(binding.value)}")
            for found in self._resolve(binding.value, at.deeper(scope=scope)):
                steps = (step, *found.steps)
                yield Possible(found.value, steps, found.certain and len(chosen) == 1)

    def _live(self, binding: Binding, at: Place) -> bool:
        if not binding.guards or at.depth > MAX_DEPTH // 2:
            return True
        return self._hold(binding.guards, at.deeper(scope=binding.scope)) is not False

    def _member_of(self, bindings: list[Binding], rest: str, at: Place, scope: str) -> Iterator[Possible]:
        """An attribute of a bound name: an instance of our class, a dict, a nested settings object."""
        for binding in bindings[-2:]:
            for found in self._resolve(binding.value, at.deeper(scope=scope)):
                if isinstance(found.value, Call | Name):
                    name = found.value.name if isinstance(found.value, Call) else found.value.dotted
                    yield from self._member(name, rest, at)
                else:
                    yield Possible(Opaque(f"attribute {rest} of {binding.name}"))

    def _member(self, class_name: str, rest: str, at: Place) -> Iterator[Possible]:
        found = self.declared.find_class(class_name, at.path)
        if found is None:
            # The name may have been seen in another module than the one the chain has reached.
            found = self.declared.class_anywhere(class_name)
        if found is None:
            yield Possible(Opaque(f"attribute {rest} of {class_name}"))
            return
        members = list(self._class_member(found[0], found[1].name, rest, at))
        yield from members or [Possible(Opaque(f"attribute {rest} of {class_name}"))]

    def _class_member(self, path: str, cls: str, rest: str, at: Place) -> Iterator[Possible]:
        head, _, tail = rest.partition(".")
        table = self.declared.table(path)
        place = at.deeper(path, cls)
        bindings = table.get((cls, head)) or table.get((f"{cls}.__init__", f"self.{head}"))
        if not bindings:
            yield from self._inherited(path, cls, rest, at)
            return
        if tail:
            yield from self._member_of(bindings, tail, place, cls)
            return
        if self.declared.is_settings(path, cls):
            variable = self.declared.field_variable(path, cls, bindings[-1])
            if self._environment.production(variable, path):
                yield from self._variable(variable, None, place)
                return
        yield from self._bound(bindings, place, bindings[-1].scope)

    def _inherited(self, path: str, cls: str, rest: str, at: Place) -> Iterator[Possible]:
        known = next((c for c in self._modules[path].classes if c.name == cls), None)
        for base in known.bases if known and at.depth < MAX_DEPTH else ():
            parent = self.declared.find_class(base, path)
            if parent is not None and parent != (path, known):
                members = list(self._class_member(parent[0], parent[1].name, rest, at.deeper()))
                if members:
                    yield from members
                    return
