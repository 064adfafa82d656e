"""Follows the statements of a module and its functions, and records every SQL text that reaches a database."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from readycheck.facts import sql_follow, sql_narrow
from readycheck.facts.sql_eval import Budget, Evaluator
from readycheck.facts.sql_names import FunctionNode, dotted, is_checker, is_route
from readycheck.facts.sql_scope import ClassScope, Env, ModuleScope
from readycheck.facts.sql_sinks import Sink, sink_of
from readycheck.facts.sql_values import Atom, Mapping, Seq, Text, Val, Vals, concat, joined, union
from readycheck.facts.syntax import children


@dataclass(frozen=True, slots=True)
class Reached:
    """A value that reached a sink."""

    line: int
    column: int
    sink: Sink
    value: Val
    function: str
    call: ast.Call


@dataclass(slots=True)
class Flow:
    """Runs the code of one module symbolically."""

    module: ModuleScope
    budget: Budget = field(default_factory=Budget)
    reached: list[Reached] = field(default_factory=list)
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
    yields: list[Val] = field(default_factory=list)
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
        for argument in sql_follow.arguments_of(function):
            inner[argument.arg] = (sql_follow.parameter(self, function, argument, route),)
        Frame(self.flow, self.owner, function.name).block(function.body, inner)

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
                whole = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
                self.ev.bind(node.target, self.ev.eval(whole, env), env)
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
        if isinstance(node, ast.Yield | ast.YieldFrom):
            vals = self.ev.eval(node.value, env)
            self.yields.extend(self.ev.elements(vals) if isinstance(node, ast.YieldFrom) else vals)
        call = node.value if isinstance(node, ast.Await) else node
        if not isinstance(call, ast.Call):
            return
        name = dotted(call.func).split(".")[-1]
        if (
            isinstance(call.func, ast.Attribute)
            and name in ("append", "add", "appendleft", "insert", "extend", "update")
            and call.args
        ):
            key = dotted(call.func.value)
            held = env.get(key) or (self.flow.module.env.get(key) if isinstance(call.func.value, ast.Name) else None)
            if held is None:
                return
            vals = self.ev.eval(call.args[-1], env)
            added = (
                self.ev.elements(vals)
                if name in ("extend", "update") and any(isinstance(v, Seq) for v in vals)
                else vals
            )
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
            if (
                held
                and isinstance(held[0], Atom)
                and held[0].source == "allow-list"
                and held[0].line == node.test.lineno
            ):
                env[collection] = (Atom("allow-list", collection, node.lineno),)

    def loop(self, node: ast.For | ast.AsyncFor, env: Env) -> None:
        self.scan(node.iter, env)
        body = dict(env)
        self.ev.bind(node.target, self.ev.loop_elements(self.ev.eval(node.iter, env), node.iter), body)
        source = (
            node.iter.func.value
            if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Attribute)
            else node.iter
        )
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
                if (
                    held
                    and held != env.get(collection)
                    and isinstance(held[0], Atom)
                    and held[0].source == "allow-list"
                ):
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
            elif self.flow.nesting < sql_follow.MAX_INLINE:
                sql_follow.follow(self, call, inner)

    def record(self, call: ast.Call, sink: Sink, env: Env) -> None:
        site = self.flow.site or call
        for argument in sink.texts:
            for value in self.ev.eval(argument, env):
                held = value
                if isinstance(value, Seq):
                    held = next(iter(joined((Text((" ",)),), (value,), dotted(argument), call.lineno)), value)
                if isinstance(held, Text | Atom):
                    self.flow.reached.append(Reached(site.lineno, site.col_offset + 1, sink, held, self.function, call))

    def inline(self, call: ast.Call, ev: Evaluator, env: Env) -> Vals | None:
        return sql_follow.inline(self, call, ev, env)

    def child(self, owner: ClassScope | None, function: str) -> Frame:
        """A frame for a function that is called from here."""
        return Frame(self.flow, owner, function)


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
        stack.extend((child, inner) for child in reversed(children(current)))
