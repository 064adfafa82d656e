"""What kind of server a compose service runs, by its image first and its name last."""

from __future__ import annotations

from readycheck.facts.lazily import lazy
from readycheck.link.compose_model import Service

_KINDS: tuple[tuple[str, str], ...] = (
    ("postgres", r"postgres|postgis|pgvector|timescale"),
    ("pgbouncer", r"pgbouncer"),
    ("mysql", r"mysql|mariadb|percona"),
    ("mongodb", r"mongo(?!-express)"),
    ("redis", r"redis(?!-?commander|insight|_exporter|-exporter)|valkey|keydb|dragonfly"),
    ("rabbitmq", r"rabbitmq"),
    ("memcached", r"memcached"),
    ("elasticsearch", r"elasticsearch|opensearch(?!-dashboards)"),
    ("kibana", r"kibana|opensearch-dashboards"),
    ("grafana", r"grafana/grafana|^grafana(?!/(?:loki|promtail|tempo|mimir|agent|alloy))"),
    ("prometheus", r"prom/prometheus|^prometheus$|bitnami/prometheus|quay\.io/prometheus/prometheus"),
    ("alertmanager", r"alertmanager"),
    ("minio", r"minio/minio|bitnami/minio|^minio$"),
    ("airflow", r"airflow"),
    ("keycloak", r"keycloak"),
    ("neo4j", r"neo4j"),
    ("clickhouse", r"clickhouse"),
    ("pgadmin", r"pgadmin"),
    ("adminer", r"adminer|phpmyadmin|mongo-express|redis-?commander|redisinsight|portainer|flower|kafka-ui|dozzle"),
    ("traefik", r"traefik"),
    ("nginx", r"nginx(?!.*exporter)"),
    ("caddy", r"caddy"),
    ("kafka", r"kafka(?!-ui)|redpanda"),
    ("cassandra", r"cassandra|scylla"),
    ("influxdb", r"influxdb"),
    ("couchdb", r"couchdb"),
    ("mssql", r"mssql|azure-sql-edge"),
)  # fmt: skip
_COMPILED = tuple((kind, lazy(pattern)) for kind, pattern in _KINDS)
DATABASES = frozenset(
    {
        "postgres",
        "mysql",
        "mongodb",
        "redis",
        "elasticsearch",
        "cassandra",
        "influxdb",
        "couchdb",
        "mssql",
        "neo4j",
        "clickhouse",
        "memcached",
        "rabbitmq",
        "kafka",
    }
)
ADMIN_PAGES = frozenset(
    {
        "grafana",
        "prometheus",
        "alertmanager",
        "kibana",
        "pgadmin",
        "adminer",
        "minio",
        "rabbitmq",
        "keycloak",
        "airflow",
        "traefik",
        "neo4j",
    }
)


def repository(image: str) -> str:
    """The image name without registry host, tag and digest: `ghcr.io/acme/api:1` is `acme/api`."""
    name = image.partition("@")[0]
    head, slash, rest = name.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        name = rest
    return name.partition(":")[0].lower()


def service_kinds(service: Service) -> frozenset[str]:
    """The kinds of server a service is: from its image, or from its name when it builds one or leaves it open."""
    name = repository(service.image) if service.image and "$" not in service.image else ""
    if name and service.build is None:
        short = name.removeprefix("library/")
        if "exporter" in short:
            return frozenset({"exporter"})
        return frozenset(kind for kind, pattern in _COMPILED if pattern.search(short))
    if service.build is not None:
        return frozenset()
    return frozenset(kind for kind, pattern in _COMPILED if pattern.search(service.name.lower()))
