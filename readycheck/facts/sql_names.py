"""What the names in Python code say about where a value comes from: requests, quoting helpers, numbers, settings."""

from __future__ import annotations

import ast
import re

from readycheck.facts.lazily import lazy

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

NUMBER_CALLS = frozenset(
    "int float len round abs bool ord hash id sum count time time_ns now utcnow today timestamp "
    "uuid4 uuid1 uuid7 uuid5 UUID isoformat strftime total_seconds "
    "random randint randrange getrandbits token_hex hexdigest monotonic perf_counter getpid "
    "Decimal timedelta fromisoformat strptime fromtimestamp date datetime bit_length index isinstance hasattr callable "
    "any all cpu_count".split()
)  # fmt: skip
SAME_TEXT_METHODS = frozenset(
    "strip lstrip rstrip upper lower title capitalize encode decode expandtabs removesuffix removeprefix casefold "
    "swapcase copy zfill ljust rjust center splitlines split partition rsplit".split()
)  # fmt: skip
SAME_VALUE_CALLS = frozenset(
    "str text dedent cleandoc list tuple set frozenset sorted reversed iter next cast repr unicode mark_safe force_str "
    "force_text smart_str choice unquote unquote_plus deepcopy copy min max filter".split()
)  # fmt: skip
SAFE_SQL_CALLS = frozenset({"Identifier", "Literal", "Placeholder", "Composed", "bindparam", "quoted_name"})
MODEL_NAMES = frozenset(
    "db_table __tablename__ __table__ tablename _meta db_column attname column_name table_name_ db_parameters".split()
)  # fmt: skip
ROUTE_DECORATORS = frozenset(
    "route get post put delete patch head options websocket api_route api_view action view_config query mutation "
    "before_request expose".split()
)  # fmt: skip
NUMERIC_TYPES = frozenset(
    "int float bool UUID UUID4 datetime date Decimal time timedelta PositiveInt NonNegativeInt".split()
)
CONTAINER_TYPES = frozenset(
    "Optional Union list List set Set tuple Tuple Sequence Iterable Collection Annotated None Mapped frozenset uuid "
    "datetime typing t Query Path decimal Iterator".split()
)  # fmt: skip
CONTEXT_PARAMETERS = frozenset(
    "self cls request req info db session conn connection cursor cur response background_tasks settings websocket "
    "engine pool app ctx context redis schema_editor apps".split()
)  # fmt: skip

_QUOTER = lazy(
    r"(?:quote|escape|sanitize|safe|validate|clean|delimit|bracket)\w{0,20}?_?(?:ident|name|table|column|field|schema|sqlite|db|dataset)"
    r"|(?:ident|identifier|name|table|column)\w{0,10}?_(?:quote|escape)|^_?(?:quote|qn|quote_ident|quotename|ident|qname|q)$|^_?sql_?ident",
    re.IGNORECASE,
)
_ESCAPER = lazy(r"escape|quote|sanitize|literal$|^adapt$|addslashes|clean", re.IGNORECASE)
_CHECKER = lazy(
    r"^_?(?:validate|check|assert|ensure|verify|require|is_valid|valid|is_safe|is_allowed|safe)", re.IGNORECASE
)
_SQL_PROMPT = lazy(
    r"\b(?:write|generate|produce|compose|translate|convert|turn)\s[^.;=\n]{0,80}?\b(?:sql|[a-z]{1,12}sql|sqlite)\b",
    re.IGNORECASE,
)
_MODEL_ANSWER = lazy(
    r"(?:completions\.create|messages\.create|responses\.create|generate_content|chat\.complete|llm\w*(?:\.\w+)?|chain\.(?:run|invoke|ainvoke|predict)|"
    r"agent\.(?:run|invoke|ainvoke)|ollama\.(?:chat|generate)|generate_sql\w*|text_to_sql|nl2sql|nl_to_sql)$",
    re.IGNORECASE,
)  # fmt: skip
_REQUEST = lazy(
    r"(?:^|\.)(?:request|req)\.(?:args|form|values|json|get_json|data|GET|POST|FILES|COOKIES|META|headers|cookies|query_params|"
    r"path_params|body|view_args|query_string|files|params|query|matchdict|match_info|rel_url|urlvars|get_data|stream|path|url|"
    r"get_argument|match)\b"
    r"|^self\.(?:kwargs|get_argument|get_query_argument|get_body_argument)\b|^(?:input|raw_input)\(\)|queryStringParameters"
)
_SETTINGS = lazy(
    r"(?:^|\.)(?:_?settings?|config(?:uration)?|conf|cfg|environ|env|options?|opts|constants?|consts?|defaults)(?:\.|\[|$|\()|^os\.getenv\(|getenv",
    re.IGNORECASE,
)


def dotted(node: ast.AST) -> str:
    """An expression as a dotted name for people: calls as `f()`, subscripts as `x[...]`, never a literal."""
    tail: list[str] = []
    for _ in range(12):
        if isinstance(node, ast.Attribute):
            tail.append("." + node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            tail.append("()")
            node = node.func
        elif isinstance(node, ast.Subscript):
            tail.append("[...]")
            node = node.value
        elif isinstance(node, ast.Await):
            node = node.value
        elif isinstance(node, ast.Name):
            return node.id + "".join(reversed(tail))
        else:
            break
    kind = type(node).__name__.lower()
    named = {"joinedstr": "f-string", "binop": "expression", "ifexp": "choice", "constant": "literal"}
    return named.get(kind, kind) + "".join(reversed(tail))


def is_quoter(name: str) -> bool:
    """Whether a function of this name quotes or checks an identifier."""
    return _QUOTER.search(name) is not None


def is_escaper(name: str) -> bool:
    """Whether a function of this name escapes a value by hand."""
    return _ESCAPER.search(name) is not None


def is_checker(name: str) -> bool:
    """Whether a statement calling a function of this name checks its argument."""
    return _CHECKER.match(name) is not None or is_quoter(name)


def is_request(expression: str) -> bool:
    """Whether a dotted expression reads what a client sent."""
    return _REQUEST.search(expression) is not None


def is_settings(expression: str) -> bool:
    """Whether a dotted expression reads what the operator configured."""
    return _SETTINGS.search(expression) is not None


def asks_for_sql(call: ast.Call) -> bool:
    """Whether a call hands over a prompt for a statement, so that its answer is one a model wrote."""
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
        for part in parts:
            if (
                isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                and _SQL_PROMPT.search(part.value[:2_000])
            ):
                return True
    return False


def is_model_answer(expression: str) -> bool:
    """Whether a called name is a language model's answer."""
    return _MODEL_ANSWER.search(expression) is not None


def is_constant_name(name: str) -> bool:
    """Whether a name is written as a constant."""
    return name.isupper() and len(name) > 1


def is_typed(annotation: ast.expr | None) -> bool:
    """Whether an annotation allows only numbers, dates, UUIDs or fixed words."""
    if annotation is None:
        return False
    names: set[str] = set()
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.update(re.findall(r"\w+", node.value[:200]) if not names & {"Literal"} else ())
    if "Literal" in names:
        return True
    return bool(names & NUMERIC_TYPES) and names <= NUMERIC_TYPES | CONTAINER_TYPES


def is_route(function: FunctionNode, in_view_class: bool) -> bool:
    """Whether a web framework calls this function with what a client sent."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Attribute) and called.attr in ROUTE_DECORATORS:
            return isinstance(decorator, ast.Call)
        if isinstance(called, ast.Name) and called.id in (
            "api_view",
            "view_config",
            "require_http_methods",
            "csrf_exempt",
            "require_POST",
            "require_GET",
        ):
            return True
    names = [argument.arg for argument in function.args.args]
    if function.name in ("get", "post", "put", "patch", "delete") and (in_view_class or "request" in names[:2]):
        return True
    return function.name.startswith("resolve_") and "info" in names
