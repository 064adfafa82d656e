"""Kubernetes manifests: exact places, sources of the environment, and no secret value in the facts."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.kubernetes import looks_like_kubernetes, parse_kubernetes
from readycheck.facts.values import Hidden

PLANTED = "Wq8s" + "Kd02Lx"
DEPLOYMENT = f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
spec:
  replicas: 3
  template:
    spec:
      serviceAccountName: api
      securityContext: {{runAsNonRoot: true}}
      initContainers:
        - name: migrate
          image: shop/api:1.2
          command: [alembic, upgrade, head]
      containers:
        - name: api
          image: shop/api:1.2
          command: ["uvicorn"]
          args: ["app.main:app", "--token", "{PLANTED}"]
          env:
            - name: DEBUG
              value: "false"
            - name: DB_PASSWORD
              valueFrom:
                secretKeyRef: {{name: db, key: password}}
            - name: API_TOKEN
              value: {PLANTED}
            - name: LEVEL
              valueFrom: {{configMapKeyRef: {{name: conf, key: level}}}}
          envFrom:
            - secretRef:
                name: all
          ports:
            - containerPort: 8000
          livenessProbe:
            httpGet: {{path: /health, port: 8000}}
          readinessProbe:
            exec: {{command: [cat, /tmp/ready]}}
          resources:
            limits: {{cpu: 500m, memory: 256Mi}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {{drop: [ALL]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: conf}}
data:
  level: info
  DB_PASSWORD: {PLANTED}
---
apiVersion: v1
kind: Secret
metadata: {{name: db}}
type: Opaque
data:
  password: {base64.b64encode(PLANTED.encode()).decode()}
  outside: ${{DB_OUTSIDE}}
stringData:
  plain: {PLANTED}
  empty: ""
---
apiVersion: v1
kind: Service
metadata: {{name: api}}
spec: {{type: LoadBalancer, ports: [{{port: 80}}]}}
"""


def test_a_deployment() -> None:
    parsed = parse_kubernetes(DEPLOYMENT.encode())
    (workload,) = parsed.workloads
    assert (workload.kind, workload.name, workload.namespace, workload.line) == ("Deployment", "api", "shop", 2)
    assert (workload.replicas, workload.replicas_line, workload.service_account) == (3, 7, "api")
    assert workload.security.run_as_non_root is True
    migrate, api = workload.containers
    assert (migrate.init, migrate.command, migrate.line) == (True, ("alembic", "upgrade", "head"), 13)
    assert (api.name, api.image, api.image_line, api.line, api.command_line) == ("api", "shop/api:1.2", 18, 17, 19)
    assert api.args == ("app.main:app", "--token", "…")
    assert dict(api.limits) == {"cpu": "500m", "memory": "256Mi"} and dict(api.requests) == {}
    assert api.security.privilege_escalation is False and api.security.dropped == ("ALL",)
    assert [(port.port, port.line) for port in api.ports] == [("8000", 35)]
    assert {n: (p.how, p.path, p.port, p.command, p.line) for n, p in api.probes.items()} == {
        "liveness": ("http", "/health", "8000", (), 36),
        "readiness": ("exec", "", "", ("cat", "/tmp/ready"), 38),
    }


def test_the_environment_and_where_it_comes_from() -> None:
    api = parse_kubernetes(DEPLOYMENT.encode()).workloads[0].containers[1]
    debug, password, token, level = api.env
    assert (debug.name, debug.value, debug.line) == ("DEBUG", "false", 23)
    assert (password.value, password.from_secret, password.line) == (None, "db/password", 24)
    assert isinstance(token.value, Hidden) and token.line == 28
    assert level.from_config == "conf/level"
    assert [(source.kind, source.name) for source in api.env_from] == [("Secret", "all")]


def test_config_maps_secrets_and_the_rest() -> None:
    parsed = parse_kubernetes(DEPLOYMENT.encode(), b"key")
    (config,) = parsed.config_maps
    level, hidden = config.items
    assert (config.name, level.value, level.line) == ("conf", "info", 51)
    assert isinstance(hidden.value, Hidden)
    (secret,) = parsed.secrets
    encoded, outside, plain, empty = secret.items
    assert (secret.name, secret.type, secret.line) == ("db", "Opaque", 55)
    assert (encoded.key, encoded.encoded, encoded.line) == ("password", True, 59)
    assert encoded.value is not None and plain.value is not None
    assert encoded.value.digest == plain.value.digest
    assert (outside.value, empty.value) == (None, None)
    assert [(other.kind, other.line, other.traits["type"]) for other in parsed.others] == [
        ("Service", 66, "LoadBalancer")
    ]
    assert PLANTED not in repr(parsed)


def test_other_kinds_hold_their_pods_elsewhere() -> None:
    cron = b"""\
apiVersion: v1
kind: List
items:
  - apiVersion: batch/v1
    kind: CronJob
    metadata: {name: nightly}
    spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: x}]}}}}}
  - apiVersion: v1
    kind: Pod
    metadata: {name: p}
    spec:
      hostNetwork: true
      volumes: [{name: s, hostPath: {path: /var/run/docker.sock}}]
      containers: [{name: d, image: y:1, securityContext: {privileged: true, runAsUser: 0}}]
"""
    nightly, pod = parse_kubernetes(cron).workloads
    assert (nightly.kind, nightly.containers[0].image, nightly.line) == ("CronJob", "x", 5)
    assert (pod.host_network, pod.host_paths) == (True, (("/var/run/docker.sock", 13),))
    assert (pod.containers[0].security.privileged, pod.containers[0].security.run_as_user) == (True, "0")


def test_a_helm_template_is_said_to_be_one() -> None:
    parsed = parse_kubernetes(b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n")
    assert (
        parsed.templated and not parsed.workloads and parsed.problems[0].reason == "a Helm template is not plain YAML"
    )


def test_alert_texts_with_braces_are_no_template() -> None:
    parsed = parse_kubernetes(
        b'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: rules}\ndata:\n  a.yml: "{{ $labels.instance }} is down"\n'
    )
    assert not parsed.templated and parsed.config_maps[0].items[0].value == "{{ $labels.instance }} is down"


def test_other_yaml_is_passed_over() -> None:
    assert parse_kubernetes(b"services:\n  web: {image: nginx}\n").empty
    assert parse_kubernetes(b"").empty
    assert not looks_like_kubernetes(b"services: {}\n")


_SHAPES = st.recursive(
    st.sampled_from(["x", "1", "null", "true", "[]", "{}", "~", "''"]),
    lambda inner: st.dictionaries(
        st.sampled_from(
            "kind metadata name spec template containers env value valueFrom secretKeyRef data ports items".split()
        ),
        inner,
        max_size=5,
    ).map(lambda table: "{" + ", ".join(f"{name}: {value}" for name, value in table.items()) + "}"),
    max_leaves=12,
)


@given(st.one_of(st.binary(), st.text().map(str.encode)))
def test_never_raises(data: bytes) -> None:
    parse_kubernetes(data)


@given(
    st.sampled_from(["Deployment", "Pod", "Secret", "ConfigMap", "List", "Service", "CronJob", "Ingress"]),
    _SHAPES,
    _SHAPES,
)
def test_never_raises_on_odd_shapes(kind: str, spec: str, data: str) -> None:
    text = f"apiVersion: v1\nkind: {kind}\nmetadata: {data}\nspec: {spec}\ndata: {data}\nitems: {spec}\n"
    parse_kubernetes(text.encode())
