"""Follows the statements of a module and its functions, and records every SQL text that reaches a database."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from readycheck.facts import sql_narrow
from readycheck.facts.sql_eval import Budget, Evaluator
from readycheck.facts.sql_names import CONTEXT_PARAMETERS, FunctionNode, dotted, is_checker, is_route, is_typed
from readycheck.facts.sql_scope import ClassScope, Env, ModuleScope
from readycheck.facts.sql_sinks import Sink, sink_of
from readycheck.facts.sql_values import Atom, Mapping, Seq, Text, Val, Vals, concat, is_constant, joined, union

MAX_INLINE = 2
MAX_INLINE_STATEMENTS = 200


@dataclass(frozen=True, slots=True)
class Reached:
    """A value that reached a sink."""

    line: int
    column: int
    sink: Sink
    value: Val
    function: str
    whole: bool


@dataclass(slots=True)
class Flow:
    """Runs the code of one module symbolically."""

    module: ModuleScope
    budget: Budget = field(default_factory=Budget)
    reached: list[Reached] = field(default_factory=list)
    bound: list[tuple[int, str]] = field(default_factory=list)
    site: ast.Call | None = None
    nesting: int = 0
    interesting: frozenset[str] = frozenset()

    def run(self, tree: ast.Module) -> None:
        """Follow the module body, then its classes and functions."""
        frame = Frame(self, None, "")
        frame.block(tree.body, self.module.env)
        for statement in tree.body:
            frame.definitions(statement, self.module.env)


@dataclass(slots=True)
class Frame:
    """One function (or the module body) while it is followed."""

    flow: Flow
    owner: ClassScope | None
    function: str
    returns: list[Val] = field(default_factory=list)
    loops: dict[str, str] = field(default_factory=dict)

    @property
    def ev(self) -> Evaluator:
        return Evaluator(self.flow.module, self.owner, self.flow.budget, self.inline)

    # definitions -------------------------------------------------------------------------------------------------
    def definitions(self, statement: ast.stmt, env: Env) -> None:
        """Follow the functions and classes inside a statement of a module or class body."""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            self.define(statement, env)
        elif isinstance(statement, ast.ClassDef):
            entry = self.flow.module.classes.get(statement.name)
            inner = Frame(self.flow, entry, "")
            body: Env = {}
            inner.block(statement.body, body)
            if entry is not None and entry.node is statement:
                entry.env.update(body)
            for member in statement.body:
                inner.definitions(member, {})
        elif isinstance(statement, ast.If | ast.Try | ast.With):
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.stmt):
                    self.definitions(child, env)

    def define(self, function: FunctionNode, env: Env) -> None:
        """Follow a function with nothing known of its arguments."""
        if function.name not in self.flow.interesting:
            return
        route = is_route(function, self.owner is not None and self.owner.is_view)
        inner: Env = dict(env) if env is not self.flow.module.env else {}
        for argument in _arguments(function):
            inner[argument.arg] = (self.parameter(function, argument, route),)
        Frame(self.flow, self.owner, function.name).block(function.body, inner)

    def parameter(self, function: FunctionNode, argument: ast.arg, route: bool) -> Atom:
        name, line = argument.arg, function.lineno
        if name in CONTEXT_PARAMETERS:
            return Atom("attribute", name, line)
        typed = is_typed(argument.annotation)
        if route:
            return Atom("int" if typed else "request", name, line, "typed" if typed else "route")
        if typed:
            return Atom("parameter", name, line, "typed")
        if self.only_constants(function, name):
            private = function.name.startswith("_")
            return Atom("constant" if private else "parameter", name, line, "callers")
        return Atom("parameter", name, line)

    def only_constants(self, function: FunctionNode, name: str) -> bool:
        """Whether every call in this file passes something constant for a parameter (and there is one)."""
        calls = self.flow.module.calls.get(function.name, [])
        names = [argument.arg for argument in _arguments(function)]
        position = names.index(name) - (1 if names[0] in ("self", "cls") else 0)
        defaults = dict(zip(reversed(names), reversed(function.args.defaults), strict=False))
        for call in calls[:50]:
            given = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
            if given is None and position < len(call.args):
                given = call.args[position]
            given = given if given is not None else defaults.get(name)
            if given is None or isinstance(given, ast.Starred) or not is_constant(self.ev.eval(given, {})):
                return False
        return bool(calls)

    # statements --------------------------------------------------------------------------------------------------
    def block(self, statements: list[ast.stmt], env: Env) -> bool:
        """Follow statements in order; True when the block never reaches its end."""
        for statement in statements:
            if not self.flow.budget.spend():
                return False
            if self.statement(statement, env):
                return True
        return False

    def statement(self, node: ast.stmt, env: Env) -> bool:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            self.assign(node, env)
        elif isinstance(node, ast.Expr):
            self.scan(node.value, env)
            self.mutate(node.value, env)
        elif isinstance(node, ast.Return):
            self.scan(node.value, env)
            if node.value is not None:
                self.returns.extend(self.ev.eval(node.value, env))
            return True
        elif isinstance(node, ast.If):
            return self.branch(node, env)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self.loop(node, env)
        elif isinstance(node, ast.While):
            self.scan(node.test, env)
            self.merge(env, [(node.body, dict(env))], keep=True)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                self.scan(item.context_expr, env)
                if item.optional_vars is not None:
                    self.ev.bind(item.optional_vars, self.ev.eval(item.context_expr, env), env)
            return self.block(node.body, env)
        elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            return self.attempt(node, env)  # type: ignore[arg-type]  # TryStar has the same fields
        elif isinstance(node, ast.Assert):
            self.scan(node.test, env)
            sql_narrow.narrow(self.ev, node.test, env, True)
        elif isinstance(node, ast.Match):
            self.match(node, env)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if self.function:
                self.define(node, env)
        elif isinstance(node, ast.Raise | ast.Continue | ast.Break):
            return True
        return False

    def assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, env: Env) -> None:
        self.scan(node.value, env)
        if isinstance(node, ast.AugAssign):
            if isinstance(node.op, ast.Add):
                self.extend(node.target, self.ev.eval(node.value, env), env, node.value)
            else:
                target = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)  # type: ignore[arg-type]  # a target reads as itself
                self.ev.bind(node.target, self.ev.eval(target, env), env)
            return
        if node.value is None:
            return
        vals = self.ev.eval(node.value, env)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Subscript):
                key = dotted(target.value)
                env[key] = union((*env.get(key, ()), Mapping(self.ev.eval(target.slice, env)[:1], vals[:1])))
            else:
                self.ev.bind(target, vals, env)

    def extend(self, target: ast.expr, vals: Vals, env: Env, value: ast.expr) -> None:
        """`x += y` for texts and lists."""
        before = self.ev.eval(target, env)
        if any(isinstance(old, Seq) for old in before):
            items = [item for old in (*before, *vals) for item in (old.items if isinstance(old, Seq) else (old,))]
            self.ev.bind(target, (Seq(tuple(items)),), env)
            return
        label = "" if isinstance(value, ast.Constant | ast.JoinedStr) else dotted(value)
        self.ev.bind(target, concat([before, vals], "concat", target.lineno, ["", label]), env)

    def mutate(self, node: ast.expr, env: Env) -> None:
        """`items.append(x)` and the like, and statements that check their argument."""
        call = node.value if isinstance(node, ast.Await) else node
        if not isinstance(call, ast.Call):
            return
        name = dotted(call.func).split(".")[-1]
        if isinstance(call.func, ast.Attribute) and name in ("append", "add", "appendleft", "insert", "extend", "update") and call.args:
            key = dotted(call.func.value)
            held = env.get(key) or (self.flow.module.env.get(key) if isinstance(call.func.value, ast.Name) else None)
            if held is None:
                return
            vals = self.ev.eval(call.args[-1], env)
            added = self.ev.elements(vals) if name in ("extend", "update") and any(isinstance(v, Seq) for v in vals) else vals
            old = next((value for value in held if isinstance(value, Seq)), None)
            if old is not None:
                env[key] = (Seq((*old.items, *(item for item in added if item not in old.items)), old.repeated),)
        elif is_checker(name):
            for argument in call.args:
                if isinstance(argument, ast.Name | ast.Attribute):
                    env[dotted(argument)] = (Atom("allow-list", dotted(argument), call.lineno, "checked"),)

    def branch(self, node: ast.If, env: Env) -> bool:
        self.scan(node.test, env)
        yes, no = dict(env), dict(env)
        sql_narrow.narrow(self.ev, node.test, yes, True)
        sql_narrow.narrow(self.ev, node.test, no, False)
        ended_yes = self.block(node.body, yes)
        ended_no = self.block(node.orelse, no)
        if ended_yes and not ended_no:
            self.lift(node, no)
        _replace(env, [each for each, ended in ((yes, ended_yes), (no, ended_no)) if not ended] or [yes, no])
        return ended_yes and ended_no

    def lift(self, node: ast.If, env: Env) -> None:
        """A check that refuses one item of a loop refuses the whole collection."""
        for item, collection in self.loops.items():
            held = env.get(item)
            if held and isinstance(held[0], Atom) and held[0].source == "allow-list" and held[0].line == node.test.lineno:
                env[collection] = (Atom("allow-list", collection, node.lineno),)

    def loop(self, node: ast.For | ast.AsyncFor, env: Env) -> None:
        self.scan(node.iter, env)
        body = dict(env)
        self.ev.bind(node.target, self.ev.loop_elements(self.ev.eval(node.iter, env), node.iter), body)
        source = node.iter.func.value if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Attribute) else node.iter
        if isinstance(node.target, ast.Name) and isinstance(source, ast.Name | ast.Attribute):
            self.loops[node.target.id] = dotted(source)
        self.merge(env, [(node.body, body)], keep=True)
        if isinstance(node.target, ast.Name):
            self.loops.pop(node.target.id, None)
        self.block(node.orelse, env)

    def merge(self, env: Env, branches: list[tuple[list[ast.stmt], Env]], *, keep: bool) -> None:
        """Follow branches apart and bring their environments together; `keep`: none of them may have run."""
        results = [dict(env)] if keep else []
        lifted: Env = {}
        for statements, inner in branches:
            self.block(statements, inner)
            results.append(inner)
            for collection in self.loops.values():
                held = inner.get(collection)
                if held and held != env.get(collection) and isinstance(held[0], Atom) and held[0].source == "allow-list":
                    lifted[collection] = held
        _replace(env, results)
        env.update(lifted)

    def attempt(self, node: ast.Try, env: Env) -> bool:
        start = dict(env)
        ended = self.block(node.body, env)
        after = dict(env)
        if not ended:
            ended = self.block(node.orelse, after)
        results = [] if ended else [after]
        for handler in node.handlers:
            inner = dict(start)
            _replace(inner, [start, env])
            if not self.block(handler.body, inner):
                results.append(inner)
        _replace(env, results or [after])
        return self.block(node.finalbody, env) or not results

    def match(self, node: ast.Match, env: Env) -> None:
        self.scan(node.subject, env)
        results = [dict(env)]
        for case in node.cases:
            inner = dict(env)
            if isinstance(case.pattern, ast.MatchValue | ast.MatchOr) and isinstance(node.subject, ast.Name):
                inner[node.subject.id] = (Atom("allow-list", node.subject.id, node.lineno),)
            if not self.block(case.body, inner):
                results.append(inner)
        _replace(env, results)

    # calls -------------------------------------------------------------------------------------------------------
    def scan(self, node: ast.expr | None, env: Env) -> None:
        """Find the sinks inside an expression."""
        for call, inner in _calls(node, env, self.ev):
            sink = sink_of(call, self.flow.module.imports, frozenset(self.flow.module.functions))
            if sink is not None:
                self.record(call, sink, inner)
            elif self.flow.nesting < MAX_INLINE:
                self.follow(call, inner)

    def record(self, call: ast.Call, sink: Sink, env: Env) -> None:
        site = self.flow.site or call
        for argument in sink.texts:
            whole = not isinstance(argument, ast.JoinedStr | ast.BinOp)
            for value in self.ev.eval(argument, env):
                if isinstance(value, Seq):
                    value = next(iter(joined((Text((" ",)),), (value,), dotted(argument), call.lineno)), value)
                if isinstance(value, Text | Atom):
                    self.flow.reached.append(
                        Reached(site.lineno, site.col_offset + 1, sink, value, self.function, whole)
                    )

    def follow(self, call: ast.Call, env: Env) -> None:
        """Look into a function of this module that takes text and executes it."""
        target = self.resolve(call)
        if target is None or target.name not in self.flow.interesting or target.name == self.function:
            return
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not any(isinstance(value, Text) and value.constant is None for arg in arguments for value in self.ev.eval(arg, env)):
            return
        first = len(self.flow.reached)
        outer = self.flow.site
        self.flow.site = outer or call
        self.inline(call, self.ev, env)
        self.flow.site = outer
        low, high = target.lineno, target.end_lineno or target.lineno
        label = dotted(call.func)
        kept = []
        for item in self.flow.reached[first:]:
            if isinstance(item.value, Text) and not low <= item.value.line <= high:
                sink = Sink(f"{label} ({item.sink.name})", item.sink.texts, item.sink.bound, item.sink.strong, item.sink.before)
                kept.append(Reached(item.line, item.column, sink, item.value, self.function, item.whole))
        self.flow.reached[first:] = kept

    def resolve(self, call: ast.Call) -> FunctionNode | None:
        """The function of this module a call goes to."""
        if isinstance(call.func, ast.Name):
            return self.flow.module.functions.get(call.func.id)
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            receiver = call.func.value.id
            owner = self.owner if receiver in ("self", "cls") else self.flow.module.classes.get(receiver)
            return owner.methods.get(call.func.attr) if owner is not None else None
        return None

    def inline(self, call: ast.Call, ev: Evaluator, env: Env) -> Vals | None:
        """What a function of this module gives back for these arguments, or None."""
        target = self.resolve(call)
        if target is None or self.flow.nesting >= MAX_INLINE or self.flow.budget.steps <= 0:
            return None
        if (target.end_lineno or 0) - target.lineno > MAX_INLINE_STATEMENTS:
            return None
        recording = self.flow.site is not None
        first = len(self.flow.reached)
        inner = self.arguments(target, call, ev, env)
        self.flow.nesting += 1
        frame = Frame(self.flow, self.owner, target.name)
        frame.block(target.body, inner)
        self.flow.nesting -= 1
        if not recording:
            del self.flow.reached[first:]
        return union(frame.returns) if frame.returns and any(isinstance(v, Text | Seq | Mapping) or v.source != "local" for v in frame.returns) else None

    def arguments(self, target: FunctionNode, call: ast.Call, ev: Evaluator, env: Env) -> Env:
        names = [argument.arg for argument in _arguments(target)]
        inner: Env = {name: (Atom("parameter", name, target.lineno),) for name in names}
        defaults = zip(reversed([a.arg for a in (*target.args.posonlyargs, *target.args.args)]), reversed(target.args.defaults), strict=False)
        for name, default in defaults:
            inner[name] = ev.eval(default, {})
        if names and names[0] in ("self", "cls") and isinstance(call.func, ast.Attribute):
            inner[names.pop(0)] = (Atom("attribute", "self", target.lineno),)
        for name, value in zip(names, call.args, strict=False):
            inner[name] = ev.eval(value, env)
        for keyword in call.keywords:
            if keyword.arg in inner:
                inner[keyword.arg] = ev.eval(keyword.value, env)
        return inner


def _arguments(function: FunctionNode) -> list[ast.arg]:
    args = function.args
    found = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    return [*found, *(argument for argument in (args.vararg, args.kwarg) if argument is not None)]


def _replace(env: Env, results: list[Env]) -> None:
    """Make `env` hold whatever any of the results holds."""
    if len(results) == 1:
        merged = dict(results[0])
    else:
        merged = {}
        for name in dict.fromkeys(key for result in results for key in result):
            held = [result[name] for result in results if name in result]
            merged[name] = held[0] if all(each == held[0] for each in held) else union(v for each in held for v in each)
    env.clear()
    env.update(merged)


def _calls(node: ast.expr | None, env: Env, ev: Evaluator) -> Iterator[tuple[ast.Call, Env]]:
    """The calls inside an expression, outermost first, each with the environment it sees."""
    stack: list[tuple[ast.AST, Env]] = [(node, env)] if node is not None else []
    while stack:
        current, scope = stack.pop()
        if isinstance(current, ast.Call):
            yield current, scope
        inner = scope
        if isinstance(current, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            inner = ev.comprehend(current, scope)
        stack.extend((child, inner) for child in reversed(list(ast.iter_child_nodes(current))))
