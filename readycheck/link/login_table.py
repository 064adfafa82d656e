"""Servers that come with a login everybody knows: which variables set it, and what they are when nobody does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_TRUE = frozenset({"true", "yes", "1", "on", "y"})
_FALSE = frozenset({"false", "no", "0", "off", "n"})


@dataclass(frozen=True, slots=True)
class Server:
    """How one kind of server is given its first password.

    `passwords` are the variables (also with `_FILE` and `__FILE`), `users` those of the user name, `known` the
    passwords that its documentation shows. `unset` says what happens without any: `default` (a known login is made),
    `open` (no login at all), or "" (it refuses to start, or makes up a random one). `off` are variables that switch
    the login off, with the values that do; `ready` those that make an unset password harmless. `config` is a pattern
    of its configuration files, `setting` one that finds the password in their text.
    """

    label: str
    passwords: tuple[str, ...]
    users: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    unset: str = ""
    off: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ready: tuple[str, ...] = ()
    config: str = ""
    setting: str = ""


SERVERS: Mapping[str, Server] = {
    "grafana": Server(
        "Grafana",
        ("GF_SECURITY_ADMIN_PASSWORD",),
        ("GF_SECURITY_ADMIN_USER",),
        frozenset({"admin", "admin123", "grafana", "prom-operator"}),
        "default",
        ready=("GF_AUTH_DISABLE_LOGIN_FORM", "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"),
        config=r"grafana\.ini$|/etc/grafana/?$|custom\.ini$",
        setting=r"^[ \t]*admin_password[ \t]*=[ \t]*(\S+)",
    ),
    "rabbitmq": Server(
        "RabbitMQ",
        ("RABBITMQ_DEFAULT_PASS", "RABBITMQ_PASSWORD"),
        ("RABBITMQ_DEFAULT_USER", "RABBITMQ_USERNAME"),
        frozenset({"guest", "rabbitmq", "rabbit"}),
        "default",
        config=r"rabbitmq[\w.-]*\.(?:conf|config)$|/etc/rabbitmq|definitions[\w.-]*\.json$",
        setting=r"^[ \t]*default_pass[ \t]*=[ \t]*(\S+)",
    ),
    "minio": Server(
        "MinIO",
        ("MINIO_ROOT_PASSWORD", "MINIO_SECRET_KEY"),
        ("MINIO_ROOT_USER", "MINIO_ACCESS_KEY"),
        frozenset({"minioadmin", "minio123", "minio"}),
        "default",
        ready=("MINIO_CONFIG_ENV_FILE",),
    ),
    "postgres": Server(
        "PostgreSQL",
        ("POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD", "PGPASSWORD", "POSTGRESQL_POSTGRES_PASSWORD"),
        ("POSTGRES_USER", "POSTGRESQL_USERNAME"),
        frozenset({"postgres", "postgresql"}),
        off={"POSTGRES_HOST_AUTH_METHOD": frozenset({"trust"}), "ALLOW_EMPTY_PASSWORD": _TRUE},
    ),
    "mysql": Server(
        "MySQL",
        ("MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD", "MYSQL_PASSWORD", "MARIADB_PASSWORD"),
        ("MYSQL_USER", "MARIADB_USER"),
        frozenset({"mysql", "mariadb"}),
        off={
            "MYSQL_ALLOW_EMPTY_PASSWORD": _TRUE,
            "MARIADB_ALLOW_EMPTY_PASSWORD": _TRUE,
            "ALLOW_EMPTY_PASSWORD": _TRUE,
            "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": _TRUE,
        },
    ),
    "mongodb": Server(
        "MongoDB",
        ("MONGO_INITDB_ROOT_PASSWORD", "MONGODB_ROOT_PASSWORD", "MONGODB_PASSWORD"),
        ("MONGO_INITDB_ROOT_USERNAME", "MONGODB_ROOT_USER"),
        frozenset({"mongo", "mongodb"}),
        "open",
        off={"ALLOW_EMPTY_PASSWORD": _TRUE},
        config=r"mongod[\w.-]*\.(?:conf|ya?ml)$|/docker-entrypoint-initdb\.d",
    ),
    "pgadmin": Server(
        "pgAdmin", ("PGADMIN_DEFAULT_PASSWORD",), ("PGADMIN_DEFAULT_EMAIL",), frozenset({"pgadmin", "pgadmin4"})
    ),
    "airflow": Server(
        "Airflow",
        ("_AIRFLOW_WWW_USER_PASSWORD", "AIRFLOW_PASSWORD"),
        ("_AIRFLOW_WWW_USER_USERNAME",),
        frozenset({"airflow"}),
    ),
    "keycloak": Server(
        "Keycloak",
        ("KC_BOOTSTRAP_ADMIN_PASSWORD", "KEYCLOAK_ADMIN_PASSWORD", "KEYCLOAK_PASSWORD"),
        ("KC_BOOTSTRAP_ADMIN_USERNAME", "KEYCLOAK_ADMIN", "KEYCLOAK_USER"),
        frozenset({"keycloak"}),
    ),
    "elasticsearch": Server(
        "Elasticsearch",
        ("ELASTIC_PASSWORD", "ELASTICSEARCH_PASSWORD", "OPENSEARCH_INITIAL_ADMIN_PASSWORD"),
        known=frozenset({"elastic", "elasticsearch", "opensearch"}),
        off={
            "xpack.security.enabled": _FALSE,
            "XPACK_SECURITY_ENABLED": _FALSE,
            "plugins.security.disabled": _TRUE,
            "DISABLE_SECURITY_PLUGIN": _TRUE,
        },
    ),
    "neo4j": Server(
        "Neo4j",
        ("NEO4J_AUTH", "NEO4J_PASSWORD"),
        known=frozenset({"neo4j", "neo4j/neo4j", "neo4j/password", "neo4j/test"}),
        off={"NEO4J_AUTH": frozenset({"none"}), "NEO4J_dbms_security_auth__enabled": _FALSE},
    ),
    "clickhouse": Server(
        "ClickHouse",
        ("CLICKHOUSE_PASSWORD", "CLICKHOUSE_ADMIN_PASSWORD"),
        ("CLICKHOUSE_USER",),
        frozenset({"clickhouse", "default"}),
        "open",
        off={"ALLOW_EMPTY_PASSWORD": _TRUE},
        config=r"/etc/clickhouse-server|users[\w.-]*\.xml$",
    ),
    "mssql": Server(
        "SQL Server",
        ("MSSQL_SA_PASSWORD", "SA_PASSWORD"),
        known=frozenset({"yourstrong!passw0rd", "yourstrong(!)password", "yourstrong@passw0rd"}),
    ),
    "influxdb": Server(
        "InfluxDB",
        ("DOCKER_INFLUXDB_INIT_PASSWORD", "INFLUXDB_ADMIN_PASSWORD"),
        ("DOCKER_INFLUXDB_INIT_USERNAME",),
        frozenset({"influxdb"}),
    ),
    "couchdb": Server("CouchDB", ("COUCHDB_PASSWORD",), ("COUCHDB_USER",), frozenset({"couchdb"})),
    "adminer": Server(
        "the database browser", ("ME_CONFIG_BASICAUTH_PASSWORD", "ME_CONFIG_BASICAUTH"), known=frozenset({"pass"})
    ),
}

_COMMON = frozenset(
    "admin admin123 administrator root toor guest user password password1 password123 passw0rd p@ssw0rd pass "
    "pass123 secret changeme change-me changeit changethis change-this change_me default example test test123 "
    "123 1234 12345 123456 12345678 123456789 qwerty letmein welcome demo dev development local supersecret "
    "mysecretpassword mypassword mysecret rootpassword rootpass adminpassword adminpass dbpassword "
    "postgrespassword somewordpress s3cr3t foobar foo bar".split()
)


def is_known(server: Server, password: str) -> bool:
    """Whether a password is one that everybody tries first on such a server."""
    lowered = password.strip().lower()
    return lowered in _COMMON or lowered in server.known


def is_true(text: str) -> bool:
    """Whether a switch is on."""
    return text.strip().lower() in _TRUE
