"""Every way people write a credential, beside its innocent twin."""

from __future__ import annotations

import ast
import base64
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readycheck.facts.credentials import Credential, find_credentials, gate_literals, wants_tree
from readycheck.facts.secret_shape import Shape

KEY = b"test key"
RANDOM = "t7Rk2vPq9XwZ4mLn8sBd" + "6YhJ3fGc"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----"
BODY = "MIIEpAIBAAKCAQEA7bq98Zx2kLmNvTrQwYsUdFhGjKl3PoIuYtReWqAs"
AWS = "AKIA" + "Q7ZR2MXW4KD9VT3B"
GITHUB = "ghp_" + "a8Kd2mQx7Zp4Rt9Vw3Yb6Nc1Hf5Jg0LsEuTi"
STRIPE = "sk_live_" + "9fK2mQx7Zp4Rt8Vw3Yb6Nc1H"
SLACK = "xoxb-" + "482913756201-7391826450-a8kd2mqx7zp4rt9vw3yb"
JWT = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiI0MiIsIm5hbWUiOiJhIn0." + "q8Kd2mQx7Zp4Rt9Vw3Yb6Nc1Hf5Jg0LsEuTi"
OPENAI = "sk-proj-" + "a8Kd2mQx7Zp4Rt9Vw3Yb6Nc1Hf5Jg0LsEuTi"
ENCODED = base64.b64encode(b"hunter2hunter2").decode()


def find(path: str, text: str, parse: bool = True) -> tuple[Credential, ...]:
    text = textwrap.dedent(text)
    tree = ast.parse(text) if path.endswith(".py") and parse else None
    return find_credentials(path, text, KEY, tree)


def said(path: str, text: str, parse: bool = True) -> list[tuple[int, str, str, str]]:
    return [(each.line, each.name, each.form, each.kind) for each in find(path, text, parse)]


FOUND = [
    ("a.env", "CAPTCHA_SECRET=1x" + "0" * 31 + "AA\n", [(1, "CAPTCHA_SECRET", "literal", "fake")]),
    ("a.json", '{"secret": "ghp_' + "x" * 36 + '"}\n', [(1, "", "vendor", "placeholder")]),
    ("config.py", f"class S:\n    api_keys: str = '{RANDOM}'\n", [(2, "api_keys", "default", "secret")]),
    ("docs/a.md", f"Look for:\n\n    API_KEY={RANDOM}\n\nin logs.\n", [(3, "API_KEY", "literal", "secret")]),
    # Python
    ("app.py", 'DB_PASSWORD = "hunter2hunter2"\n', [(1, "DB_PASSWORD", "literal", "weak")]),
    (
        "app.py",
        f'class Settings(BaseSettings):\n    SECRET_KEY: str = "{RANDOM}"\n',
        [(2, "SECRET_KEY", "default", "secret")],
    ),
    (
        "app.py",
        'class S(BaseSettings):\n    token: Optional[SecretStr] = SecretStr("letmein-secret")\n',
        [(2, "token", "default", "weak")],
    ),
    (
        "app.py",
        'class S(BaseSettings):\n    secret: str = Field(default="dev-secret")\n',
        [(2, "secret", "default", "weak")],
    ),
    (
        "app.py",
        'class S(BaseSettings):\n    secret: str = Field("dev-secret", env="X")\n',
        [(2, "secret", "default", "weak")],
    ),
    ("app.py", 'KEY = os.getenv("SECRET_KEY", "dev")\n', [(1, "SECRET_KEY", "fallback", "weak")]),
    ("app.py", 'x = os.environ.get("DB_PASSWORD", "postgres")\n', [(1, "DB_PASSWORD", "fallback", "weak")]),
    ("app.py", 'x = config("DB_PASSWORD", default="postgres")\n', [(1, "DB_PASSWORD", "fallback", "weak")]),
    ("app.py", 'x = env("DB_PASSWORD", default="postgres")\n', [(1, "DB_PASSWORD", "fallback", "weak")]),
    ("app.py", 'x = env.str("DB_PASSWORD", "postgres")\n', [(1, "DB_PASSWORD", "fallback", "weak")]),
    ("app.py", 'os.environ.setdefault("DB_PASSWORD", "postgres")\n', [(1, "DB_PASSWORD", "fallback", "weak")]),
    ("app.py", 'password = os.getenv("X") or "hunter2"\n', [(1, "password", "fallback", "weak")]),
    ("app.py", 'password = os.getenv("X", "hunter2")\n', [(1, "password", "fallback", "weak")]),
    ("app.py", 'def connect(host, password="hunter2"): ...\n', [(1, "password", "default", "weak")]),
    ("app.py", 'def connect(*, host, password="hunter2"): ...\n', [(1, "password", "default", "weak")]),
    ("app.py", 'd = {"password": "hunter2"}\n', [(1, "password", "literal", "weak")]),
    ("app.py", 'psycopg2.connect(user="app", password="password")\n', [(1, "password", "argument", "weak")]),
    ("app.py", f'h = {{"Authorization": "Bearer {RANDOM}"}}\n', [(1, "Authorization", "header", "secret")]),
    ("app.py", 'requests.get(u, auth=("admin", "hunter2"))\n', [(1, "password", "argument", "weak")]),
    ("app.py", 'requests.get(u, auth=HTTPBasicAuth("admin", "hunter2"))\n', [(1, "password", "argument", "weak")]),
    ("app.py", 'if password == "hunter2":\n    pass\n', [(1, "password", "literal", "weak")]),
    ("app.py", 'if "hunter2" == request.form["password"]:\n    pass\n', [(1, "password", "literal", "weak")]),
    ("app.py", 'data["password"] = "hunter2"\n', [(1, "password", "literal", "weak")]),
    ("app.py", 'app.config["SECRET_KEY"] = "mysecretkey"\n', [(1, "SECRET_KEY", "literal", "weak")]),
    ("app.py", 'app.config.update(SECRET_KEY=b"_5#y2L9F4Q8z\\n")\n', [(1, "SECRET_KEY", "argument", "secret")]),
    ("app.py", 'user.set_password("hunter2")\n', [(1, "password", "argument", "weak")]),
    ("app.py", 'x = User(password=make_password("hunter2"))\n', [(1, "password", "argument", "weak")]),
    ("app.py", 'password = (\n    "hunter2"\n)\n', [(2, "password", "literal", "weak")]),
    ("app.py", 'é = {"ü": 1, "password": "hunter2"}\n', [(1, "password", "literal", "weak")]),
    ("app.py", 'SECRET_KEY = "your-secret-key"\n', [(1, "SECRET_KEY", "literal", "placeholder")]),
    ("tests/test_app.py", 'password = "secret123"\n', [(1, "password", "literal", "fake")]),
    ("app.py", 'p.add_argument("--password", default="hunter2")\n', [(1, "password", "default", "weak")]),
    ("app.py", 'jwt.encode(payload, "supersecret", algorithm="HS256")\n', [(1, "jwt_secret", "argument", "weak")]),
    ("app.py", 'smtp.login("me", "hunter2")\n', [(1, "password", "argument", "weak")]),
    ("app.py", 'app.config["SECRET_KEY"] = "dev"\n', [(1, "SECRET_KEY", "literal", "weak")]),
    # JavaScript and other languages
    ("a.js", "jwt.sign(payload, 'supersecret')\n", [(1, "jwt_secret", "argument", "weak")]),
    ("a.js", "session({ secret: 'keyboard cat' })\n", [(1, "secret", "literal", "weak")]),
    ("a.go", 'os.Setenv("DB_PASSWORD", "hunter2")\n', [(1, "DB_PASSWORD", "literal", "weak")]),
    ("a.html", f"<script>const apiKey = '{RANDOM}'</script>\n", [(1, "apiKey", "literal", "secret")]),
    ("a.sh", "X=${DB_PASSWORD:=hunter2}\n", [(1, "DB_PASSWORD", "fallback", "weak")]),
    ("a.ts", "const dbPassword: string = 'hunter2'\n", [(1, "dbPassword", "literal", "weak")]),
    ("a.js", "const o = { user: 'x', password: 'hunter2' }\n", [(1, "password", "literal", "weak")]),
    (
        "a.js",
        "const s = process.env.JWT_SECRET || 'supersecret'\n",
        [(1, "process.env.JWT_SECRET", "fallback", "weak")],
    ),
    (
        "a.js",
        "const s = process.env.JWT_SECRET ?? 'supersecret'\n",
        [(1, "process.env.JWT_SECRET", "fallback", "weak")],
    ),
    ("a.js", "const jwtSecret = process.env.X || 'supersecret'\n", [(1, "jwtSecret", "fallback", "weak")]),
    ("a.js", "if (req.body.password === 'hunter2') {}\n", [(1, "req.body.password", "literal", "weak")]),
    ("a.jsx", f"const token =\n  '{RANDOM}'\n", [(2, "token", "literal", "secret")]),
    ("A.java", 'String password = "hunter2";\n', [(1, "password", "literal", "weak")]),
    ("A.java", 'ds.setPassword("hunter2");\n', [(1, "ds.setPassword", "argument", "weak")]),
    ("a.go", 'password := "hunter2"\n', [(1, "password", "literal", "weak")]),
    ("a.php", "define('DB_PASSWORD', 'hunter2');\n", [(1, "DB_PASSWORD", "literal", "weak")]),
    ("a.php", "'password' => 'hunter2',\n", [(1, "password", "literal", "weak")]),
    ("a.rb", 'x = ENV.fetch("DB_PASSWORD", "hunter2")\n', [(1, "DB_PASSWORD", "fallback", "weak")]),
    # keys and values
    ("c.yml", "db:\n  password: hunter2\n", [(2, "db.password", "literal", "weak")]),
    ("c.yml", "db:\n  password: 'hunter2' # x\n", [(2, "db.password", "literal", "weak")]),
    ("c.yml", "db: {user: x, password: hunter2}\n", [(1, "password", "literal", "weak")]),
    (
        "compose.yml",
        "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: postgres\n",
        [(4, "services.db.environment.POSTGRES_PASSWORD", "literal", "weak")],
    ),
    (
        "compose.yml",
        "    environment:\n      - POSTGRES_PASSWORD=postgres\n",
        [(2, "POSTGRES_PASSWORD", "literal", "weak")],
    ),
    ("compose.yml", '      - "POSTGRES_PASSWORD=post-gres1"\n', [(1, "POSTGRES_PASSWORD", "literal", "weak")]),
    ("compose.yml", "      X: ${GRAFANA_PASSWORD:-admin}\n", [(1, "GRAFANA_PASSWORD", "fallback", "weak")]),
    ("k.yaml", "env:\n  - name: DB_PASSWORD\n    value: hunter2\n", [(3, "DB_PASSWORD", "literal", "weak")]),
    ("k.yaml", f"kind: Secret\ndata:\n  password: {ENCODED}\n  user: YWRtaW4=\n", [(3, "password", "encoded", "weak")]),
    ("k.yaml", "kind: Secret\nstringData:\n  password: hunter2\n", [(3, "stringData.password", "literal", "weak")]),
    ("c.json", '{\n  "db": {\n    "password": "hunter2"\n  }\n}\n', [(3, "db.password", "literal", "weak")]),
    ("c.json", '{"password": 123456}\n', [(1, "password", "literal", "weak")]),
    ("c.json", '{"name": "DB_PASSWORD", "value": "hunter2"}\n', [(1, "DB_PASSWORD", "literal", "weak")]),
    ("c.toml", '[db]\npassword = "hunter2"\n', [(2, "password", "literal", "weak")]),
    ("c.ini", "[db]\npassword = hunter2\n", [(2, "password", "literal", "weak")]),
    (
        "application.properties",
        "spring.datasource.password=hunter2\n",
        [(1, "spring.datasource.password", "literal", "weak")],
    ),
    (".env", "DB_PASSWORD=hunter2\n", [(1, "DB_PASSWORD", "literal", "weak")]),
    (".env", 'export DB_PASSWORD="hunter2" # x\n', [(1, "DB_PASSWORD", "literal", "weak")]),
    (
        ".env.example",
        f"SECRET_KEY={RANDOM}\nDB_PASSWORD=changeme\n",
        [(1, "SECRET_KEY", "literal", "secret"), (2, "DB_PASSWORD", "literal", "placeholder")],
    ),
    (".env", f"# SECRET_KEY={RANDOM}\n# DB_PASSWORD=hunter2\n", [(1, "SECRET_KEY", "literal", "secret")]),
    ("web.config", '<add key="DbPassword" value="hunter2"/>\n', [(1, "DbPassword", "literal", "weak")]),
    ("pom.xml", "<password>hunter2</password>\n", [(1, "password", "literal", "weak")]),
    ("a.cs", 'var c = "Server=db;User Id=sa;Password=hunter2;";\n', [(1, "Password", "url", "weak")]),
    ("a.py", 'dsn = "host=db user=app password=hunter2"\n', [(1, "password", "url", "weak")]),
    (
        "v.tf",
        'variable "db_password" {\n  type = string\n  default = "hunter2"\n}\n',
        [(3, "db_password", "default", "weak")],
    ),
    ("m.tf", 'resource "x" "y" {\n  password = "hunter2"\n}\n', [(2, "password", "literal", "weak")]),
    # shells
    ("a.sh", "export DB_PASSWORD=hunter2\n", [(1, "DB_PASSWORD", "literal", "weak")]),
    ("a.sh", "PGPASSWORD=hunter2 psql -U app\n", [(1, "PGPASSWORD", "literal", "weak")]),
    ("a.sh", 'X="${DB_PASSWORD:-hunter2}"\n', [(1, "DB_PASSWORD", "fallback", "weak")]),
    ("a.sh", "tool --password=hunter2\n", [(1, "password", "argument", "weak")]),
    ("a.sh", "tool --password hunter2\n", [(1, "password", "argument", "weak")]),
    ("a.sh", "mysql -u root -phunter2 db\n", [(1, "", "argument", "weak")]),
    ("a.sh", "sshpass -p hunter2 ssh x\n", [(1, "", "argument", "weak")]),
    ("a.sh", "curl -u admin:hunter2 http://x\n", [(1, "", "argument", "weak")]),
    ("a.sh", "docker run -e MYSQL_ROOT_PASSWORD=hunter2 mysql\n", [(1, "MYSQL_ROOT_PASSWORD", "literal", "weak")]),
    ("a.ps1", '$env:DB_PASSWORD = "hunter2"\n', [(1, "DB_PASSWORD", "literal", "weak")]),
    ("a.ps1", '$s = ConvertTo-SecureString "hunter2" -AsPlainText\n', [(1, "", "literal", "weak")]),
    ("Dockerfile", "ENV DB_PASSWORD=hunter2\n", [(1, "DB_PASSWORD", "literal", "weak")]),
    ("Dockerfile", "ENV DB_PASSWORD hunter2\n", [(1, "DB_PASSWORD", "literal", "weak")]),
    ("Dockerfile", "ARG DB_PASSWORD=hunter2\n", [(1, "DB_PASSWORD", "literal", "weak")]),
    ("Makefile", "DB_PASSWORD := hunter2\n", [(1, "DB_PASSWORD", "literal", "weak")]),
    ("Dockerfile", "RUN SECRET_KEY=dummy python manage.py x\n", [(1, "SECRET_KEY", "literal", "fake")]),
    # SQL
    ("a.sql", "CREATE USER app WITH PASSWORD 'hunter2';\n", [(1, "", "literal", "weak")]),
    ("a.sql", "ALTER ROLE app WITH ENCRYPTED PASSWORD 'hunter2';\n", [(1, "", "literal", "weak")]),
    ("a.sql", "CREATE USER 'a'@'%' IDENTIFIED BY 'hunter2';\n", [(1, "", "literal", "weak")]),
    # any text
    ("a.py", 'u = "postgresql://app:hunter2@db:5432/x"\n', [(1, "", "url", "weak")]),
    ("a.txt", "redis://:hunter2@cache:6379\n", [(1, "", "url", "weak")]),
    ("a.txt", "amqp://app:p@ss:w%20{[(rd@mq:5672/\n", [(1, "", "url", "weak")]),
    ("a.yml", "u: postgresql://app:${DB_PASSWORD:-hunter2}@db/x\n", [(1, "DB_PASSWORD", "fallback", "weak")]),
    ("README.md", "use postgres://user:password@localhost/db\n", [(1, "", "url", "placeholder")]),
    ("a.key", f"{PEM}\n{BODY}\n", [(1, "", "private-key", "secret")]),
    ("a.js", f"const k = '{PEM}\\n{BODY}'\n", [(1, "", "private-key", "secret")]),
    ("a.sh", f"curl -H 'Authorization: Bearer {RANDOM}' x\n", [(1, "Authorization", "header", "secret")]),
    (
        "a.txt",
        "Authorization: Basic " + base64.b64encode(b"admin:hunter2").decode() + "\n",
        [(1, "Authorization", "header", "weak")],
    ),
    # documents
    ("README.md", "text\n\n```bash\nexport DB_PASSWORD=hunter2\n```\n", [(4, "DB_PASSWORD", "literal", "weak")]),
    ("README.md", "text\n\n```yaml\ndb:\n  password: hunter2\n```\n", [(5, "db.password", "literal", "weak")]),
    ("README.md", "set `DB_PASSWORD=hunter2` first\n", [(1, "DB_PASSWORD", "literal", "weak")]),
    (
        "n.ipynb",
        '{\n "cells": [\n  {\n   "source": [\n'
        '    "import x\\n",\n    "password = \\"hunter2\\"\\n"\n   ]\n  }\n ]\n}\n',
        [(6, "password", "literal", "weak")],
    ),
]


@pytest.mark.parametrize(("path", "text", "expected"), FOUND)
def test_found(path: str, text: str, expected: list[tuple[int, str, str, str]]) -> None:
    assert said(path, text) == expected


@pytest.mark.parametrize(("path", "text", "expected"), [row for row in FOUND if row[0].endswith(".py")][:2])
def test_python_that_does_not_parse_is_read_by_lines(
    path: str, text: str, expected: list[tuple[int, str, str, str]]
) -> None:
    assert [(row[0], row[1], row[3]) for row in said(path, text + "\nprint 'x'\n", parse=False)] == [
        (row[0], row[1], row[3]) for row in expected
    ]


@pytest.mark.parametrize(
    ("label", "secret"),
    [
        ("AWS access key", AWS),
        ("GitHub token", GITHUB),
        ("Stripe live key", STRIPE),
        ("Slack token", SLACK),
        ("JSON web token", JWT),
        ("OpenAI key", OPENAI),
    ],
)
@pytest.mark.parametrize("line", ["x = '{}'\n", "{}\n", "see `{}` here\n"])
def test_provider_keys(label: str, secret: str, line: str) -> None:
    for path in ("a.py", "b.md", "c.txt"):
        text = "\n" + line.format(secret)
        (found,) = find_credentials(path, text, KEY)
        assert (found.line, found.detector, found.form, found.kind) == (2, label, "vendor", "secret")


def test_a_providers_documented_key_is_a_placeholder() -> None:
    (found,) = find("a.py", "x = '" + "AKIA" + "IOSFODNN7EXAMPLE'\n")
    assert found.kind == "placeholder"


SILENT = [
    ("a.js", 'log(`${ok ? "PASS" : "FAIL"}`);\n'),
    ("src/env.ts", "const env = {\n  ENCRYPTION_KEY: z\n    .string(),\n};\n"),
    ("public/intl/messages/de-DE.json", '{"password": "Passwort"}\n'),
    ("messages/de-DE.json", '{"password": "Passwort"}\n'),
    ("a.ts", "const labels = { newPassword: 'label.new-password' };\n"),
    ("a.tf", 'key = "TFC_AWS_RUN_ROLE_ARN"\n'),
    ("package.json", '{"dependencies": {"@nuxtjs/auth-next": "5.0.0-1667386184.dfbbb54"}}\n'),
    ("a.py", "if user.password == 'LDAP':\n    pass\n"),
    ("a.py", "x = conference_json.get('password', '123')\n"),
    ("a.sh", "initdb --auth-host=md5 --auth-local=trust\n"),
    ("a.js", "const dsn = `https://1:1@${HOST}/api/0`;\n"),
    ("a.yml", "env:\n  API_KEY: $api_key,\n"),
    ("config.py", "class Settings(BaseSettings):\n    SESSION_COOKIE_KEY: str = 'shop_session'\n"),
    ("columns.py", "SECRET = {'password': 'password_hash', 'api_key': 'api_key_hash'}\n"),
    ("grafana/datasource.yml", "secureJsonData:\n  password: $__file{/run/secrets/reader}\n"),
    ("a.py", 'PASSWORD = "password"\n'),
    ("a.py", 'class Kind(Enum):\n    PASSWORD = "password"\n    ACCESS_TOKEN = "access_token"\n'),
    ("a.py", 'password = os.getenv("DB_PASSWORD")\n'),
    ("a.py", 'password = os.environ["DB_PASSWORD"]\n'),
    ("a.py", 'password = os.getenv("DB_PASSWORD", "")\n'),
    ("a.py", "PASSWORD_MIN_LENGTH = 8\ntoken_lifetime = '30m'\n"),
    ("a.py", 'token_type = "bearer"\nx = f(token_type="bearer")\n'),
    ("a.py", 'tokens = ["a", "b"]\nFORBIDDEN_PASSWORDS = ["123456", "qwerty"]\n'),
    ("a.py", 'raise ValueError("password: must not be empty")\n'),
    ("a.py", 'path("reset-password/", view, name="password_reset")\n'),
    ("a.py", 'password = forms.CharField(label="Password", widget=PasswordInput)\n'),
    ("a.py", 'x = client.list(NextToken="abc123def456", pagination_token="abc123def456")\n'),
    ("a.py", 'if SECRET_KEY == "changeme":\n    raise ValueError\n'),
    ("a.py", 'if token == "if":\n    pass\n'),
    ("a.py", 'url = f"postgresql://{user}:{password}@{host}/db"\n'),
    ("a.py", 'if "-----BEGIN RSA ' + 'PRIVATE KEY-----" in text:\n    pass\n'),
    ("a.py", 'h = {"Authorization": f"Bearer {token}"}\nh = {"Authorization": "Bearer " + token}\n'),
    ("a.py", "SECRET_KEY_FILE = '/run/secrets/key'\nSECRET_KEY = '/run/secrets/key'\n"),
    ("a.js", "const password = process.env.DB_PASSWORD\nconst t = localStorage.getItem('token')\n"),
    ("a.js", "const token = `${prefix}-${id}`\n<input type='password' name='password' />\n"),
    ("a.js", "t('password', 'Password')\nconst labels = { password: 'Password', token: 'Token name' }\n"),
    ("a.ts", "const route = { password: '/reset-password', component: X }\ntype A = { password: string }\n"),
    ("a.ts", "z.object({ password: z.string().min(8) })\nconst passwordField = 'password'\n"),
    ("a.js", "getByLabelText('password', 'x')\nif (token === 'null') {}\n"),
    ("a.java", '@Column(name = "password") private String password;\n'),
    ("c.yml", "properties:\n  password:\n    type: string\n"),
    ("c.yml", "password: ${DB_PASSWORD}\na_password: ${DB_PASSWORD:?set it}\nb_password: {{ vault_db }}\n"),
    ("c.yml", "secrets:\n  db_password:\n    file: ./secrets/db.txt\n  - db_password\n"),
    (
        "c.yml",
        "env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: db\n        key: password\n",
    ),
    ("c.yml", "permissions:\n  id-token: write\n  token: ${{ secrets.GITHUB_TOKEN }}\n"),
    ("c.yml", "MYSQL_ALLOW_EMPTY_PASSWORD: 'yes'\nPOSTGRES_PASSWORD_FILE: /run/secrets/db\n"),
    ("c.yml", "x: ${DB_PASSWORD:-}\ny: ${LOG_LEVEL:-info}\n"),
    ("c.yml", "password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n"),
    ("c.yml", "tls:\n  - secretName: my-tls\n"),
    (".env", "DB_PASSWORD=\n# DB_PASSWORD=hunter2\nTOKEN_TTL=3600\nAPI_KEY_FILE=/run/secrets/x\n"),
    ("c.json", '{"password": {"type": "string"}, "required": ["password"]}\n'),
    ("c.json", '{"integrity": "sha512-' + "Q7" * 40 + '", "resolved": "https://registry.npmjs.org/x"}\n'),
    ("package-lock.json", f'{{"token": "{RANDOM}"}}\n'),
    ("poetry.lock", f'token = "{RANDOM}"\n'),
    ("locale/de/x.json", '{"password": "Kennwort1"}\n'),
    ("src/i18n/de.json", '{"password": "Kennwort1"}\n'),
    ("x.svg", f'<path token="{RANDOM}"/>\n'),
    ("a.sh", 'export DB_PASSWORD="$1"\nread -s PASSWORD\nPASSWORD=$(pwgen 20)\nTOKEN=`cat x`\n'),
    ("a.sh", 'tool --password "$PASSWORD" --token-file x\ncurl -u "$USER:$PASSWORD" http://x\nmysql -p"$PASSWORD"\n'),
    ("a.sh", '# export DB_PASSWORD=hunter2\nif [ "$TOKEN" == abc ]; then\n'),
    ("Dockerfile", "ARG DB_PASSWORD\nRUN --mount=type=secret,id=token cat /run/secrets/token\n"),
    ("a.sql", "CREATE USER app WITH PASSWORD :'pw';\nSELECT password FROM users;\n"),
    ("README.md", "The password: hunter2hunter2 is just prose about the token = secret.\n"),
    ("a.tf", 'variable "db_password" {\n  type = string\n  sensitive = true\n}\npassword = var.db_password\n'),
    ("a.xml", "<!-- <password>hunter2</password> -->\n"),
    ("a.txt", "see https://example.org/@user/x and http://localhost:3000/@foo and a:b@c\n"),
    ("a.js", f"form.append('csrfmiddlewaretoken', '{RANDOM}')\n"),
    ("a.py", 'password = password.encode("utf-8")\n'),
    ("a.html", '<a href="/login?next=/&password=x">x</a>\n'),
    ("a.js", "jwt.sign(payload, process.env.JWT_SECRET)\njwt.verify(token, `${secret}`)\n"),
    ("a.html", "<input type='password' name='password' value='x'><label for='password'>Password</label>\n"),
    ("a.pub", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n"),
    (
        "a.py",
        'COMMIT = "9f2c4e7ab01d53866fe0a1c4b7d92e35aa10bb27"\nrequest_id = "3b241101-e2bb-4255-8caf-4136c566a962"\n',
    ),
]


@pytest.mark.parametrize(("path", "text"), SILENT)
def test_silent(path: str, text: str) -> None:
    assert said(path, text) == []


def test_a_url_names_its_user_and_host() -> None:
    (found,) = find("a.txt", "postgresql://app:hunter2@localhost:5432/x\n")
    assert (found.user, found.host, found.detector) == ("app", "localhost", "password in a connection URL")
    assert found.column == 18


def test_equal_secrets_have_equal_digests_under_one_key_only() -> None:
    first, second = find(".env", f"A_TOKEN={RANDOM}\nB_TOKEN={RANDOM}\n")
    assert first.hidden.digest == second.hidden.digest
    assert find_credentials(".env", f"A_TOKEN={RANDOM}\n", b"other")[0].hidden.digest != first.hidden.digest


@pytest.mark.parametrize(("path", "text", "expected"), FOUND)
def test_the_gate_lets_through_whatever_is_found(path: str, text: str, expected: object) -> None:
    lowered = text.lower().encode()
    assert any(literal in lowered for literal in gate_literals())
    if path.endswith(".py") and find(path, text) != find_credentials("a.txt", text, KEY):
        assert wants_tree(text)


SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


@given(SECRETS, st.sampled_from([(path, text) for path, text, _ in FOUND if "hunter2" in text]))
@settings(max_examples=150, deadline=None)
def test_no_value_survives(secret: str, row: tuple[str, str]) -> None:
    planted = "Zq" + secret + "9w"
    text = row[1].replace("hunter2hunter2", planted).replace("hunter2", planted)
    for found in find_credentials(row[0], text, KEY):
        if found.hidden.length >= len(planted):
            assert planted not in repr(found)


@given(st.text(), st.sampled_from([row[0] for row in FOUND]))
@settings(max_examples=200, deadline=None)
def test_never_raises(text: str, path: str) -> None:
    assert isinstance(find_credentials(path, text, KEY), tuple)


@given(
    st.lists(
        st.sampled_from(
            [
                "password",
                "token",
                "=",
                ":",
                '"',
                "'",
                " ",
                "\n",
                "://",
                "@",
                "{",
                "${",
                "}",
                "-",
                "`",
                "\\",
                "a1",
                "kind: Secret",
                "data:",
                "é",
                "İ",
                "#",
            ]
        )
    ),
    st.sampled_from([row[0] for row in FOUND]),
)
@settings(max_examples=300, deadline=None)
def test_never_raises_on_broken_syntax(pieces: list[str], path: str) -> None:
    assert isinstance(find_credentials(path, "".join(pieces), KEY), tuple)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "=",
        '"',
        ":",
        "/",
        "password",
        "password=",
        "://a:",
        "token: ",
        "${",
        "`",
        "=a;password",
        "eyJ",
        "aws key '",
        "-",
        "@",
        "[",
        "create user ",
        "identified by",
        "mysql ",
        "password\n",
        'variable "',
        "name: token\n",
        "<a>",
        "curl -u ",
    ],
)
@pytest.mark.parametrize(
    "path", ["a.js", "a.yml", "a.env", "a.sh", "a.md", "a.json", "a.xml", "a.ipynb", "a.tf", "a.py"]
)
def test_long_lines_end(piece: str, path: str) -> None:
    text = piece * (200_000 // len(piece))
    assert isinstance(find_credentials(path, text, KEY), tuple)


def test_shapes_are_values() -> None:
    assert Shape("weak") == Shape("weak", frozenset())
