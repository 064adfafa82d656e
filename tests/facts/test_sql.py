"""SQL built from parts in Python: exact lines for what is wrong, and innocent twins."""

from __future__ import annotations

import ast

import pytest

from readycheck.facts.sql import bound_queries, find_sql, read_sql_facts
from readycheck.facts.sql_eval import MAX_STEPS

# Each case: what is expected on the first line (`line:tier` and `line:RAW-source`, empty for silence), then the source.
CASES = r"""
3:finding/high
def f(cur, name):
    sql = "SELECT * FROM users WHERE name = '" + name + "'"
    cur.execute(sql)
----
4:finding/high
def f(cur, name):
    sql = "SELECT * FROM users"
    sql += " WHERE name = '%s'" % name
    cur.execute(sql)
----
5:finding/high
def f(cur, name, q):
    sql = "SELECT * FROM users WHERE 1=1"
    if q:
        sql += f" AND name LIKE '%{q}%'"
    cur.execute(sql)
----

def f(cur, name, q):
    sql = "SELECT * FROM users WHERE 1=1"
    params = []
    if q:
        sql += " AND name LIKE %s"
        params.append(q)
    cur.execute(sql, params)
----

def f(cur, name, age):
    conditions = []
    params = []
    if name:
        conditions.append("name = %s")
        params.append(name)
    if age:
        conditions.append("age > %s")
    where = " AND ".join(conditions)
    cur.execute(f"SELECT * FROM users WHERE {where}", params)
----
5:finding/high
def f(cur, name):
    conditions = []
    if name:
        conditions.append(f"name = '{name}'")
    cur.execute("SELECT * FROM users WHERE " + " AND ".join(conditions))
----
2:safe
def f(cur, ids):
    cur.execute("SELECT * FROM users WHERE id IN (%s)" % ",".join(["%s"] * len(ids)), ids)
----
3:safe
def f(cur, ids):
    marks = ",".join("?" for _ in ids)
    cur.execute(f"SELECT * FROM users WHERE id IN ({marks})", ids)
----
3:safe
def f(cur, ids):
    marks = ("?," * len(ids))[:-1]
    cur.execute(f"SELECT * FROM users WHERE id IN ({marks})", ids)
----
2:finding/high
def f(cur, ids):
    cur.execute(f"SELECT * FROM users WHERE id IN ({','.join(map(str, ids))})")
----
2:safe
def f(cur, ids):
    cur.execute(f"SELECT * FROM users WHERE id IN ({','.join(str(int(i)) for i in ids)})")
----
3:safe
TABLE = "users"
def f(cur, i):
    cur.execute(f"SELECT * FROM {TABLE} WHERE id = %s", (i,))
----
5:safe
ALLOWED = {"name", "age"}
def f(cur, sort):
    if sort not in ALLOWED:
        raise ValueError(sort)
    cur.execute(f"SELECT * FROM users ORDER BY {sort}")
----
2:finding/medium
def f(cur, sort):
    cur.execute(f"SELECT * FROM users ORDER BY {sort}")
----
3:safe
COLUMNS = {"n": "name", "a": "age"}
def f(cur, sort, d):
    cur.execute(f"SELECT * FROM users ORDER BY {COLUMNS[sort]} {'ASC' if d else 'DESC'}")
----
4:finding/high
@app.get("/x")
def f(sort: str):
    cur = db.cursor()
    cur.execute(f"SELECT * FROM users ORDER BY {sort}")
----
4:safe
@app.get("/x/{i}")
def f(i: int):
    cur = db.cursor()
    cur.execute(f"SELECT * FROM users WHERE id = {i}")
----
4:RAW-request
@app.post("/x")
def f(body: Body):
    cur = db.cursor()
    cur.execute(body.sql)
----
4:RAW-model
def f(client, cur):
    answer = client.chat.completions.create(model="x", messages=[])
    sql = answer.choices[0].message.content.strip()
    cur.execute(sql)
----

def f(cur):
    cur.execute(open("schema.sql").read())
----
3:RAW-file
def f(cur, path):
    with open(path) as handle:
        cur.execute(handle.read())
----
4:finding/high
def run(cur, sql):
    cur.execute(sql)
def g(cur, name):
    run(cur, f"SELECT * FROM users WHERE name = '{name}'")
----
4:finding/high
def build(name):
    return f"SELECT * FROM users WHERE name = '{name}'"
def g(cur, name):
    cur.execute(build(name))
----
5:finding/high
class R:
    def run(self, sql):
        self.cur.execute(sql)
    def g(self, name):
        self.run("SELECT * FROM users WHERE name = '{}'".format(name))
----
4:finding/high
from sqlalchemy import text
async def f(session, name):
    await session.execute(
        text(
            f"SELECT * FROM users WHERE name = '{name}'"))
----

from sqlalchemy import text
def f(session, name):
    session.execute(text("SELECT * FROM users WHERE name = :name"), {"name": name})
----

from psycopg import sql
def f(cur, table, name):
    cur.execute(sql.SQL("SELECT * FROM {} WHERE n = %s").format(sql.Identifier(table)), (name,))
----
3:finding/medium
from psycopg import sql
def f(cur, table, name):
    cur.execute(sql.SQL(f"SELECT * FROM {table} WHERE n = %s"), (name,))
----

import logging
def f(name, executor):
    logging.info(f"select {name} from the list")
    executor.execute(f"delete {name} from list")
    raise ValueError(f"Delete from {name} failed")
----
2:finding/high
def f(request):
    return User.objects.extra(where=["name = '%s'" % request.GET["q"]])
----

def f(q):
    return User.objects.extra(where=["name = %s"], params=[q])
----
2:finding/high
def f(q):
    return User.objects.annotate(x=RawSQL(f"SELECT count(*) FROM t WHERE n = '{q}'", []))
----
3:safe
def f(self, cursor):
    t = self.model._meta.db_table
    cursor.execute(f"TRUNCATE TABLE {t}")
----
2:safe
def f(cursor, t):
    cursor.execute("TRUNCATE TABLE %s" % connection.ops.quote_name(t))
----
2:finding/high
async def f(conn, uid):
    return await conn.fetchrow(f"SELECT * FROM users WHERE id = {uid}")
----
2:low
async def f(conn, uid: int):
    return await conn.fetchrow(f"SELECT * FROM users WHERE id = {uid}")
----
4:finding/high
def f(cur, name):
    cur.execute(
        "SELECT 1", ())
    cur.execute("UPDATE users SET n = '%s' WHERE id = %d" % (name, 3))
----
5:safe
def f(cur, data):
    allowed = ["a", "b"]
    fields = [k for k in data if k in allowed]
    sets = ", ".join(f"{k} = ?" for k in fields)
    cur.execute(f"UPDATE t SET {sets} WHERE id = ?", (1,))
----
3:finding/medium
def f(cur, data):
    sets = ", ".join(f"{k} = ?" for k in data.keys())
    cur.execute(f"UPDATE t SET {sets} WHERE id = ?", (1,))
----
3:safe
def f(cur):
    for table in ("a", "b"):
        cur.execute(f"DROP TABLE {table}")
----
4:safe
def f(cur, cols):
    if not all(c in ALLOWED for c in cols):
        raise ValueError
    cur.execute(f"SELECT {', '.join(cols)} FROM t")
----
5:safe
def f(cur, cols):
    for c in cols:
        if c not in ALLOWED:
            raise ValueError
    cur.execute(f"SELECT {', '.join(cols)} FROM t")
----
4:safe
def f(cur, name):
    if not re.fullmatch(r"[a-z_]+", name):
        raise ValueError
    cur.execute(f"CREATE DATABASE {name}")
----
3:finding/high
import pandas as pd
def f(con, d):
    return pd.read_sql(f"SELECT * FROM t WHERE d = '{d}'", con)
----
2:finding/high
def login(user):
    return query_db("select * from users where u = '%s'" % user)
----
2:finding/high
def f(cur, n):
    cur.execute("INSERT INTO t VALUES (%s, '%s')" % (n, n))
----
3:finding/high
def f(cur, n):
    q = "SELECT * FROM t WHERE a = {a}"
    cur.execute(q.format(a=n))
----
4:safe
class E(str, Enum):
    A = "a"
def f(cur):
    cur.execute(f"SELECT * FROM t WHERE a = '{E.A.value}'")
----
2:safe
def f(cur, n):
    cur.execute(f"SELECT * FROM t LIMIT {int(n)} OFFSET {n * 10}")
----
2:finding/high
def f(cur, n):
    cur.execute(f"SELECT * FROM t LIMIT {n}")
----
3:low
from .x import settings
def f(cur):
    cur.execute(f"SELECT * FROM {settings.TABLE}")
----
4:finding/high
def f(cur, n):
    try:
        sql = "SELECT * FROM t WHERE a = '" + n + "'"
        cur.execute(sql)
    except Exception:
        pass
----
4:safe
def f(cur, order):
    direction = "DESC"
    if order == "asc": direction = order
    cur.execute(f"SELECT * FROM t ORDER BY a {direction}")
----
3:finding/high
def f(cur, n):
    q = "SELECT * FROM t WHERE a = :a".replace(":a", n)
    cur.execute(q)
----
4:finding/high
class Repo:
    TABLE = "users"
    def get(self, name):
        self.cur.execute(f"SELECT * FROM {self.TABLE} WHERE name = '{name}'")
----
4:safe
class Repo:
    TABLE = "users"
    def get(self, name):
        self.cur.execute(f"SELECT * FROM {self.TABLE} WHERE name = %s", (name,))
----
6:low
class Repo:
    def __init__(self, cur, table):
        self.cur = cur
        self.table = table
    def get(self, name):
        self.cur.execute(f"SELECT * FROM {self.table} WHERE name = %s", (name,))
----
2:finding/high
def f(cur, ids):
    cur.execute(f"SELECT * FROM t WHERE id IN {tuple(ids)}")
----
2:finding/high
def f(cur, d):
    cur.execute("SELECT * FROM t WHERE a = '%(a)s'" % {"a": d})
----
2:finding/high
def f(cur, d):
    cur.execute("SELECT * FROM t WHERE a = '{a}'".format(**d))
----
4:finding/high
def f(cur, name):
    def inner():
        sql = f"SELECT * FROM t WHERE a = '{name}'"
        return cur.execute(sql)
    return inner()
----
5:finding/high
def f(cur, name):
    parts = ["SELECT * FROM t"]
    if name:
        parts.append("WHERE a = '" + name + "'")
    cur.execute(" ".join(parts))
----
4:finding/high
SQL = "SELECT * FROM t WHERE a = '%s'"
def f(cur):
    name = input()
    cur.execute(SQL % name)
----
4:finding/high
def f(cur, rows):
    sql = "INSERT INTO t (a) VALUES "
    sql += ",".join("('%s')" % r for r in rows)
    cur.execute(sql)
----
3:safe
def f(cur, rows):
    marks = ", ".join("(%s, %s)" for _ in rows)
    cur.execute("INSERT INTO t (a, b) VALUES " + marks, rows)
----
3:safe
def f(cur, ids):
    names = ", ".join(f":id{i}" for i in range(len(ids)))
    cur.execute(f"SELECT * FROM t WHERE id IN ({names})", ids)
----
3:safe
def f(conn, fields):
    marks = ", ".join(f"${i + 1}" for i, _ in enumerate(fields))
    conn.execute(f"INSERT INTO t VALUES ({marks})", *fields)
----
2:finding/high
def f(cur, since):
    cur.execute("SELECT * FROM t WHERE d BETWEEN %s AND %s"
                " AND x = " + since)
----
3:safe
from datetime import datetime
def f(cur):
    cur.execute(
        f"DELETE FROM t WHERE d < '{datetime.now().isoformat()}'")
----

def f(cur):
    query = '''
        SELECT *
        FROM t
    '''
    cur.execute(query)
----
2:finding/high
def f(cur, uid):
    cur.execute(
        f'''
        -- the newest first
        WITH x AS (SELECT * FROM a WHERE id = {uid})
        SELECT * FROM x
        ''')
----
3:finding/high
async def f(db, q):
    async with db.acquire() as conn:
        rows = [r async for r in conn.cursor(f"SELECT * FROM t WHERE a = '{q}'")]
----
2:finding/high
def f(cur, a):
    return [cur.execute(f"SELECT * FROM t WHERE a = '{x}'") for x in a]
----
2:finding/high
def f(cur, a):
    return lambda: cur.execute(f"SELECT * FROM t WHERE a = '{a}'")
----
3:safe
def f(cur, kind):
    match kind:
        case "a" | "b": cur.execute(f"SELECT * FROM {kind}")
----
3:safe
def f(cur, kind):
    if kind == "a" or kind == "b":
        cur.execute(f"SELECT * FROM {kind}")
----
3:safe 3:low
def f(cur, table):
    validate_table(table)
    cur.execute(f"SELECT * FROM {table}") if False else cur.execute(f"SELECT * FROM {settings.X}")
----
2:low
def f(cur, sql):
    cur.execute(f"EXPLAIN {sql}")
----

def f(cur, query, params):
    cur.execute(query, params)
----
3:finding/high
def f(request):
    name = request.args.get("name")
    return db.session.execute(f"SELECT * FROM users WHERE name = '{name}'").all()
----
3:RAW-request
def f(request):
    q = request.GET["q"]
    connection.cursor().execute(f"{q} LIMIT 10 /* SELECT */ WHERE a = {q}")
----
3:finding/high
def f(cur, name):
    name = name.replace("x", "y").strip()
    cur.execute("SELECT * FROM t WHERE a = '" + name + "'")
----
3:low
def f(cur, name):
    name = name.replace("'", "''")
    cur.execute("SELECT * FROM t WHERE a = '" + name + "'")
----
4:finding/high
def f(session, name):
    import sqlalchemy as sa
    stmt = "SELECT * FROM t WHERE a = '" + name + "'"
    session.execute(sa.text(stmt))
----
2:finding/high
def f(spark, name):
    return spark.sql(f"SELECT * FROM t WHERE a = '{name}'")
----

def f(page, st):
    page.query(f"select the option {st}")
    page.fetch(f"https://x/select?from={st}")
    st.text(f"Update {page} set by {st}")
----

def f(browser, x):
    browser.execute_script(f"return document.select({x}) from where")
----
3:safe
def _count(cur, table):
    '''Private.'''
    cur.execute(f"SELECT count(*) FROM {table}")
def main(cur):
    _count(cur, "a"); _count(cur, table="b")
----
2:low
def count(cur, table):
    cur.execute(f"SELECT count(*) FROM {table}")
def main(cur):
    count(cur, "a")
----
5:finding/high
def f(cur, **filters):
    where = []
    for key, value in filters.items():
        where.append(f"{key} = '{value}'")
    cur.execute("SELECT * FROM t WHERE " + " AND ".join(where))
----
4:finding/high
def f(cur, x):
    while x:
        sql = "DELETE FROM t WHERE a = %s" % x
        cur.execute(sql)
----
2:safe
def f(cur, pid):
    cur.execute("SELECT pg_terminate_backend(%d)" % pid)
----
2:finding/high
def f(cur, x):
    cur.execute(query=f"SELECT * FROM t WHERE a = {x}")
----
2:finding/high
def f(cur, x):
    cur.executescript(f"BEGIN; DELETE FROM t WHERE a = '{x}'; COMMIT;")
----
4:finding/high
def f(cur, x):
    sql = "SELECT * FROM t"
    where = f" WHERE a = '{x}'" if x else ""
    cur.execute(sql + where)
----
3:safe
from enum import StrEnum
def f(cur, x):
    cur.execute(f"SELECT * FROM t WHERE a = {float(x)} AND b = {len(x)} AND c = {x == 3}")
----
2:finding/high
def find(cur, table):
    cur.execute(f"SELECT * FROM {table}")
def view(request):
    find(cur, request.args["t"])
----
4:RAW-request
def run(cur, sql):
    cur.execute(sql)
def view(request):
    run(cur, request.args["q"])
----
2:low
def _find(cur, table):
    cur.execute(f"SELECT * FROM {table}")
def view(name):
    _find(cur, name)
----
4:safe
import string
def f(cur):
    for c in string.ascii_letters:
        cur.execute(f"SELECT * FROM t WHERE a LIKE '{c}%'")
----
6:safe
def f(cur, request):
    sort = request.args.get("sort")
    if sort:
        if sort not in SORTABLE:
            raise ValueError(sort)
    cur.execute(f"SELECT * FROM t ORDER BY {sort}")
----
4:finding/high
def f(cur, request):
    sort = request.args.get("sort")
    if sort:
        cur.execute(f"SELECT * FROM t ORDER BY {sort}")
"""


def _cases() -> list[tuple[str, str]]:
    found = []
    for block in CASES.strip("\n").split("\n----\n"):
        expected, _, source = block.partition("\n")
        found.append((expected, source))
    return found


def _seen(source: str) -> str:
    uses, raw = find_sql(ast.parse(source))
    tiers = [f"{use.line}:{use.tier}" + (f"/{use.confidence}" if use.tier == "finding" else "") for use in uses]
    return " ".join([*tiers, *(f"{each.line}:RAW-{each.source}" for each in raw)])


@pytest.mark.parametrize(("expected", "source"), _cases())
def test_places_and_tiers(expected: str, source: str) -> None:
    assert _seen(source) == expected


def test_built_and_executed_on_different_lines() -> None:
    source = "def f(cur, n):\n    sql = 'SELECT * FROM t WHERE a = ' + n\n    x = 1\n    cur.execute(sql)\n"
    (use,), _ = find_sql(ast.parse(source))
    assert (use.line, use.column, use.built_at, use.how, use.verb, use.sink, use.function) == (
        4, 5, 2, "concat", "SELECT", "cur.execute", "f",
    )  # fmt: skip
    assert [(hole.position, hole.source, hole.expression) for hole in use.holes] == [("value", "parameter", "n")]


def test_bound_parameters_are_evidence() -> None:
    source = (
        "from sqlalchemy import text\n"
        "from psycopg import sql\n"
        "def f(cur, s, n, t):\n"
        "    cur.execute('SELECT * FROM t WHERE a = %s', (n,))\n"
        "    s.execute(text('SELECT * FROM t WHERE a = :n'), {'n': n})\n"
        "    cur.execute(sql.SQL('SELECT * FROM {} WHERE a = %s').format(sql.Identifier(t)), [n])\n"
        "    cur.execute('SELECT 1')\n"
    )
    assert bound_queries(ast.parse(source)) == ((4, "cur.execute"), (5, "s.execute"), (6, "cur.execute"))


def test_a_literal_never_shows_in_a_fact() -> None:
    query = "'SELECT * FROM t WHERE p = \\'' + 'zq9-planted' + '\\' AND a = ' + g('zq9-planted', n)"
    facts = read_sql_facts(ast.parse(f"def f(cur, n):\n    cur.execute({query})\n"))
    assert facts.uses
    assert "zq9" not in repr(facts)


def test_a_chain_of_three_thousand_operands() -> None:
    source = (
        "def f(cur, n):\n    cur.execute('SELECT * FROM t WHERE a IN (' + "
        + " + ',' + ".join(["n"] * 500)
        + " + ')')\n"
    )
    assert _seen(source) == "2:finding/high"
    node: ast.expr = ast.Constant("SELECT * FROM t WHERE a = ", lineno=1, col_offset=0)
    for _ in range(3000):
        node = ast.BinOp(node, ast.Add(), ast.Name("n", ast.Load(), lineno=1, col_offset=0), lineno=1, col_offset=0)
    tree = ast.parse("cur.execute(x)")
    statement = tree.body[0]
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    statement.value.args = [node]
    (use,), _ = find_sql(tree)
    assert (use.line, use.tier) == (1, "finding")


def test_work_is_bounded_and_said_so() -> None:
    body = "\n".join(f"    a{i} = 'SELECT ' + n" for i in range(MAX_STEPS))
    facts = read_sql_facts(ast.parse(f"def f(cur, n):\n{body}\n    cur.execute(a1)\n"))
    assert not facts.complete


def test_work_within_bounds_is_complete() -> None:
    assert read_sql_facts(ast.parse("def f(cur, n):\n    cur.execute('SELECT ' + n)\n")).complete
