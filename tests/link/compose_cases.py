"""Small compose projects: those Compose accepts, and those it refuses with the place and reason we must name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent


@dataclass(frozen=True)
class Case:
    """A project: its files, the compose files to merge, the shell's variables and profiles."""

    name: str
    files: Mapping[str, str]
    paths: tuple[str, ...] = ("compose.yaml",)
    env: Mapping[str, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    place: tuple[str, int] = ("", 0)
    says: str = ""


def _one(
    name: str,
    text: str,
    files: Mapping[str, str] | None = None,
    *,
    paths: tuple[str, ...] = ("compose.yaml",),
    env: Mapping[str, str] | None = None,
    profiles: tuple[str, ...] = (),
    place: tuple[str, int] = ("", 0),
    says: str = "",
) -> Case:
    written = {"compose.yaml": text, **(files or {})}
    return Case(name, {path: dedent(body) for path, body in written.items()}, paths, env or {}, profiles, place, says)


def _overlay(name: str, base: str, over: str, files: Mapping[str, str] | None = None) -> Case:
    return _one(name, base, {"prod.yaml": over, **(files or {})}, paths=("compose.yaml", "prod.yaml"))


ACCEPTED = (
    _one(
        "scalars as Go prints them",
        """
        services:
          a:
            image: x
            environment: {B: 010, C: 0o10, D: 1.0, E: 1e3, F: yes, G: 2020-01-01, H: 1_000, I: 0x1F, J: .5, L: true,
              M: 12:30, N: 1.10, O: 12345678901234567890, P: 0.0000001, Q: 1e21, R: +5, T: 0b11, U: TRUE,
              W: 123456789.5, X: 1234567.0, Y: 08, Z: "010", AA: off, AB: 0.1, AC: -3, AD: 100000.0, AE: 1.5e-5}
        """,
    ),
    _one(
        "environment as list, map and from the shell",
        """
        services:
          a:
            image: x
            environment: [A=1, "B=x=y", C, D=, HOST]
          b:
            image: x
            environment: {A: 1, B: "x=y", C: , D: "", HOST: }
        """,
        env={"HOST": "given"},
    ),
    _one(
        "defaults, nested defaults, alternatives",
        """
        services:
          a:
            image: "x:${TAG:-1.0}"
            environment:
              A: ${UNSET:-plain}
              B: ${EMPTY:-empty} ${EMPTY-kept}
              C: ${UNSET:-${ALSO:-deep}}
              D: ${SET:+yes}${UNSET:+no}${EMPTY+set}${EMPTY:+no}
              E: $SET and ${SET}
              F: $$SET $${SET} 100$
              G: ${UNSET:-a:-b} ${UNSET-c?d} ${SET:?needed} ${EMPTY?only unset}
              H: '${UNSET:-{}}'
              I: '${UNSET:-{"a":1}}'
              J: pre-${UNSET:-x}-mid-${SET}-post
              K: ${UNSET:-postgres://u:p@h/${SET:-d}?a=b}
              L: $1 and $-
              M: "${UNSET:-'quoted'}"
              N: ${set-lower}
              O: ${UNSET:-$SET}
        """,
        env={"SET": "v", "EMPTY": ""},
    ),
    _one(
        "dot env with quotes, export, comments and references",
        """
        services:
          a:
            image: x
            environment: {A: $A, B: $B, C: $C, D: $D, E: $E, F: $F, G: $G, H: $H, I: $I, J: $J, K: $K, L: $L}
        """,
        files={
            ".env": """
            # comment
            A=plain # comment
            export B="double $A"
            C='single $A'
            D=with#hash
            E = spaced
            F: yaml
            G="multi
            line"
            H=${A}-${NOPE:-fallback}
            I="esc\\n\\t\\"q\\" \\$A"
            J='it\\'s'
            K=
            L="a" # after
            """
        },
    ),
    _one(
        "the shell wins over dot env",
        "services: {a: {image: 'x:${TAG}', environment: {TWO: '${TWO}'}}}",
        files={".env": "TAG=file\nTWO=${TAG}-two\n"},
        env={"TAG": "shell"},
    ),
    _one(
        "env files in order, overridden by environment",
        """
        services:
          a:
            image: x
            env_file: one.env
          b:
            image: x
            env_file: [one.env, two.env]
            environment: {B: own, FROM: "${TOP:-top}"}
          c:
            image: x
            env_file:
              - path: one.env
              - {path: missing.env, required: false}
              - {path: two.env, format: raw}
          d:
            image: x
            env_file: [one.env]
            environment: [A, C]
        """,
        files={
            "one.env": "A=1\nB=from-${A}\nC=${TOP:-none}\nexport D='x'\n",
            "two.env": 'B=two\nE=${A}${B}\nF="q"\n',
        },
        env={"TOP": "shell"},
    ),
    _one(
        "ports, short and long",
        """
        services:
          a:
            image: x
            ports:
              - 80
              - "81"
              - "8080:82"
              - "127.0.0.1:8081:83"
              - "127.0.0.1::84"
              - "[::1]:85:85"
              - "3000-3002:4000-4002/udp"
              - "9000-9001:90"
              - "91/UDP"
              - "5000-5001"
              - "${P:-7000}:92"
              - {target: 93, published: "8093", host_ip: 0.0.0.0, protocol: udp, mode: host}
              - {target: 94}
              - "0.0.0.0:95:95/tcp"
            expose: ["1", 2, "3-4"]
        """,
    ),
    _one(
        "volumes, short and long",
        """
        services:
          a:
            image: x
            volumes:
              - data:/data
              - /anonymous
              - ./rel:/rel:ro
              - ../up:/up
              - /abs:/abs:rw,rshared
              - ~/home:/home
              - .:/dot/
              - data:/sub/dir/:ro,nocopy
              - {type: bind, source: ./long, target: /long, read_only: true, bind: {propagation: rslave}}
              - {type: volume, source: other, target: /other, volume: {nocopy: true}}
              - {type: tmpfs, target: /tmpfs, tmpfs: {size: 1000}}
              - ${DIR:-./default}:/from
              - /var/run/docker.sock:/var/run/docker.sock
        volumes: {data: , other: {driver: local}}
        """,
    ),
    _one(
        "commands",
        """
        services:
          a: {image: x, command: "sh -c 'echo $$HOME \\"q\\"' a\\\\ b", entrypoint: /run --flag}
          b: {image: x, command: [a, "b c"], entrypoint: []}
          c: {image: x, command: sh -c foo && bar, entrypoint: ""}
          d: {image: x, command: [], entrypoint: ["", x]}
          e: {image: x, command: "a \\"b 'c' d\\" 'e \\"f' g\\"h i\\"j > out"}
          f: {image: x, command: "--opt=val # no comment ;x"}
          g: {image: x, command: "a '' \\"\\" b"}
          h: {image: x, command: null}
          i: {image: x, command: "a | b"}
          j:
            image: x
            command: >
              gunicorn app:main
              --bind 0.0.0.0:80
        """,
    ),
    _one(
        "depends_on, links, shared namespaces",
        """
        services:
          a: {image: x, depends_on: [b, c]}
          b: {image: x, depends_on: {c: {condition: service_healthy, restart: true}, d: {condition: service_started}}}
          c: {image: x, links: ["d:alias", e], healthcheck: {test: curl -f http://localhost}}
          d: {image: x, network_mode: "service:e"}
          e: {image: x, volumes_from: ["f:ro", "container:other"]}
          f: {image: x, pid: host, ipc: "service:g", uts: host, userns_mode: host}
          g: {image: x, network_mode: host}
        """,
    ),
    _one(
        "healthchecks",
        """
        services:
          a:
            image: x
            healthcheck: {test: ["CMD", "curl", "x"], interval: 1m30s, timeout: 10s, retries: 3, start_period: 5s}
          b: {image: x, healthcheck: {test: curl -f http://x || exit 1}}
          c: {image: x, healthcheck: {disable: true}}
          d: {image: x, healthcheck: {test: ["NONE"]}}
          e: {image: x, healthcheck: {interval: 5s}}
          f: {image: x, healthcheck: {test: ["CMD-SHELL", "pg_isready -U $${USER} -d ${DB:-db}"], retries: "${N:-5}"}}
        """,
    ),
    _one(
        "limits of both formats",
        """
        services:
          a:
            image: x
            deploy:
              replicas: 2
              resources:
                limits: {cpus: "0.50", memory: 50M, pids: 10}
                reservations: {cpus: "0.25", memory: 20M}
          b: {image: x, mem_limit: 512m, cpus: 1.5, pids_limit: 100, mem_reservation: 256m}
          c: {image: x, mem_limit: "${MEM:-1g}", scale: 2}
        """,
    ),
    _one(
        "build, short and long",
        """
        services:
          a: {build: .}
          b: {build: ./sub/}
          c: {build: {context: sub, dockerfile: Dockerfile.prod, target: prod, args: {A: 1, B: "${B:-b}", C: , D: }}}
          d: {build: {context: ./sub/../other, args: [A=1, B, D]}, image: named}
          e: {build: {dockerfile_inline: "FROM x"}}
          f: {build: https://github.com/a/b.git}
        """,
        env={"D": "known"},
    ),
    _one(
        "hardening keys",
        """
        services:
          a:
            image: x
            user: "1000:1000"
            privileged: true
            read_only: true
            init: true
            cap_add: [NET_ADMIN, SYS_TIME]
            cap_drop: [ALL]
            security_opt: ["no-new-privileges:true", "seccomp:unconfined"]
            restart: unless-stopped
            tmpfs: /run
            devices: ["/dev/sda", "/dev/a:/dev/b:r", "/dev/c:/dev/d"]
            container_name: "${NAME:-named}"
            stop_grace_period: 1m30s
            logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}
            ulimits: {nofile: {soft: 1, hard: 2}, nproc: 3}
            labels: [a=b, c, "traefik.rule=Host(`x`)"]
          b:
            image: x
            user: "1000"
            restart: "no"
            tmpfs: [/a, "/b:size=1m"]
            privileged: "${PRIV:-yes}"
            labels: {a: b, n: 1, t: true, e: }
        """,
    ),
    _one(
        "networks, secrets and configs",
        """
        services:
          a: {image: x, networks: [front, back], secrets: [s1], configs: [c1]}
          b:
            image: x
            networks: {front: {aliases: [q]}, default: }
            secrets: [{source: s2, target: /etc/s2, mode: 0400}, {source: s1, target: short}]
            configs: [{source: c1, target: /etc/c1}]
          c: {image: x, networks: {}}
        networks: {front: , back: {external: true, name: real}}
        secrets: {s1: {file: ./s1.txt}, s2: {environment: S2}}
        configs: {c1: {file: ./c1.txt}}
        """,
        env={"S2": "v"},
    ),
    _one(
        "anchors, merge keys and extension fields",
        """
        x-env: &env {A: 1, B: "${B:-two}"}
        x-base: &base
          image: x
          restart: always
          environment: *env
          x-note: ignored
        services:
          a:
            <<: *base
            environment:
              <<: *env
              B: own
          b:
            <<: [*base, {image: y, user: root}]
            command: &cmd [run]
          c: {<<: *base, command: *cmd}
        """,
    ),
    _one(
        "profiles off",
        """
        services:
          a: {image: x}
          b: {image: x, profiles: [debug], depends_on: [a], env_file: missing.env}
          c: {image: x, profiles: [other]}
        """,
    ),
    _one(
        "profiles on",
        """
        services:
          a: {image: x}
          b: {image: x, profiles: [debug, more], depends_on: [a]}
          c: {image: x, profiles: [other]}
        """,
        profiles=("debug",),
    ),
    _one(
        "profiles by variable and optional dependency",
        """
        services:
          a: {image: x, depends_on: {c: {condition: service_started, required: false}}}
          b: {image: x, profiles: [debug]}
          c: {image: x, profiles: [other]}
        """,
        files={".env": "COMPOSE_PROFILES=debug,nothing\n"},
    ),
    _overlay(
        "overlay of everything that merges",
        """
        services:
          a:
            image: x
            build: .
            command: base
            entrypoint: [base]
            environment: [A=1, B=2]
            env_file: one.env
            labels: {l: 1, m: 2}
            ports: ["80:80", "81:81"]
            volumes: ["data:/data", "./a:/a"]
            depends_on: [b]
            networks: [one]
            cap_add: [A]
            expose: [1, 2]
            healthcheck: {test: [CMD, base], interval: 1s}
            logging: {driver: json-file, options: {a: b}}
            deploy: {resources: {limits: {memory: 1g, cpus: "1"}}}
            secrets: [s]
            security_opt: [one]
            tmpfs: /one
            devices: ["/dev/a:/dev/x"]
          b: {image: b, restart: always, depends_on: {c: {condition: service_healthy}}}
          c: {image: c}
        volumes: {data: }
        networks: {one: , two: }
        secrets: {s: {file: a}}
        """,
        """
        services:
          a:
            image: y
            build: {dockerfile: D, args: [X=1]}
            command: [over]
            entrypoint: over it
            environment: {B: 3, C: 4}
            env_file: [two.env]
            labels: [m=3, n=4]
            ports: ["80:80", "127.0.0.1:81:81", "82:82"]
            volumes: ["/host:/data:ro", "./b:/b"]
            depends_on: {c: {condition: service_healthy}}
            networks: {two: }
            cap_add: [B, A]
            expose: ["2", "3"]
            healthcheck: {test: over, retries: 2}
            logging: {options: {c: d}}
            deploy: {resources: {limits: {memory: 2g}, reservations: {memory: 1g}}}
            secrets: [{source: s, target: t}]
            security_opt: [two]
            tmpfs: [/two, /one]
            devices: ["/dev/b:/dev/x"]
          b: {restart: "no", depends_on: [c], logging: {driver: none}}
          d: {image: d}
        """,
        files={"one.env": "A=file\nO=1\n", "two.env": "T=2\n"},
    ),
    _overlay(
        "overlay with nulls and other drivers",
        """
        services:
          a:
            image: x
            command: c
            environment: {A: 1, B: 2}
            ports: ["1:1"]
            logging: {driver: json-file, options: {a: b}}
        """,
        """
        services:
          a: {command: null, environment: {A: }, ports: , image: , logging: {driver: syslog}}
        """,
    ),
    _overlay(
        "reset and override tags",
        """
        services:
          a:
            image: x
            ports: ["1:1", "2:2"]
            environment: {A: 1, B: 2}
            command: c
            depends_on: [b]
            volumes: ["./a:/a"]
            build: {context: ., args: {A: 1}}
            labels: {a: b}
          b: {image: x}
          c: {image: x}
        """,
        """
        services:
          a:
            ports: !override ["3:3"]
            environment: {A: !reset null, C: 3}
            command: !reset null
            depends_on: !reset []
            volumes: !override []
            build: !reset
            labels: !override {c: d}
          c: !reset null
        """,
    ),
    _one(
        "extends in the same file",
        """
        services:
          base:
            image: x
            environment: {A: 1, B: 2}
            ports: ["1:1"]
            depends_on: [d]
            volumes: ["./a:/a"]
            networks: [n]
          a: {extends: base, environment: [B=3]}
          b: {extends: {service: a}, image: y, ports: ["2:2"], command: run}
          d: {image: x}
        networks: {n: }
        """,
    ),
    _one(
        "extends another file in another folder",
        """
        services:
          a:
            extends: {file: common/base.yaml, service: web}
            environment: {B: own}
          b:
            extends: {file: common/base.yaml, service: child}
        """,
        files={
            "common/base.yaml": """
            services:
              web:
                build: ./ctx
                environment: ["A=${A:-default}", B=x]
                env_file: web.env
                volumes: ["./v:/v", "../w:/w"]
              child: {extends: {service: web}, labels: {a: b}}
            """,
            "common/web.env": "FROM_FILE=1\n",
        },
    ),
    _one(
        "extends a chain of files",
        "services: {a: {extends: {file: one/x.yaml, service: b}}}",
        files={
            "one/x.yaml": "services: {b: {extends: {file: ../two/y.yaml, service: c}, volumes: ['./o:/o']}}",
            "two/y.yaml": "services: {c: {build: {dockerfile: D}, image: z, volumes: ['./t:/t']}}",
        },
    ),
    _overlay(
        "extends in an overlay with reset",
        "services: {base: {image: x, ports: ['1:1'], environment: {A: 1}}, a: {image: y}}",
        "services: {a: {extends: {file: compose.yaml, service: base}, ports: !reset [], environment: {B: 2}}}",
    ),
    _one(
        "include, short and long, with their own env",
        """
        include:
          - sub/compose.yaml
          - path: [other/one.yaml, other/two.yaml]
            env_file: other/my.env
          - {path: third/compose.yaml, project_directory: .}
        services:
          a: {image: "x:${TAG:-none}", depends_on: [sub]}
        """,
        files={
            "sub/compose.yaml": """
            services:
              sub: {build: ., image: "s:${TAG:-none}", volumes: ["./d:/d", "v:/v"], env_file: e.env, environment: [TAG]}
            volumes: {v: }
            """,
            "sub/.env": "TAG=from-sub\n",
            "sub/e.env": "E=${TAG}\n",
            "other/one.yaml": "services: {one: {image: 'o:${OTHER}', volumes: ['./q:/q']}}",
            "other/two.yaml": "services: {one: {environment: {X: '${OTHER}'}}}",
            "other/my.env": "OTHER=mine\n",
            "third/compose.yaml": "services: {third: {build: ctx}}",
        },
    ),
    _one(
        "include extended and overridden by the including file",
        """
        include: [sub/compose.yaml]
        services:
          own: {extends: lib, command: run}
          lib: {environment: {B: 2}}
        """,
        files={"sub/compose.yaml": "services: {lib: {image: x, environment: {A: 1}, volumes: ['./s:/s']}}"},
    ),
    _one(
        "include of an include",
        "include: [a/compose.yaml]\nservices: {top: {image: x}}\n",
        files={
            "a/compose.yaml": "include: ['../b/compose.yaml']\nservices: {a: {image: x, build: .}}\n",
            "b/compose.yaml": "services: {b: {image: x, build: .}}\n",
        },
    ),
    _one(
        "several documents in one file",
        """
        services: {a: {image: x, environment: {A: 1}}}
        ---
        services: {a: {environment: {B: 2}}, b: {image: x}}
        """,
    ),
    Case(
        "a project in a folder",
        {
            "deploy/compose.yaml": "services: {a: {build: .., volumes: ['./d:/d'], env_file: [../x.env]}}",
            "deploy/.env": "T=1\n",
            "more/over.yaml": "services: {a: {image: 'x:${T}', volumes: ['./m:/m']}}",
            "x.env": "X=1\n",
        },
        ("deploy/compose.yaml", "more/over.yaml"),
    ),
    _one("version and name", "version: '3.8'\nname: my-${X:-app}\nservices: {a: {image: '${COMPOSE_PROJECT_NAME}'}}\n"),
    _one(
        "a service named like a key",
        "services: {environment: {image: x, labels: {environment: y}}, labels: {image: x}}",
    ),
)

REFUSED = (
    _one(
        "required variable",
        "services:\n  a:\n    image: x\n    environment:\n      A: ${NEEDED:?set it}\n",
        place=("compose.yaml", 5),
        says="required variable NEEDED is missing a value: set it",
    ),
    _one(
        "required variable that is empty",
        "services:\n  a:\n    image: x:${EMPTY:?}\n",
        env={"EMPTY": ""},
        place=("compose.yaml", 3),
        says="required variable EMPTY",
    ),
    _one(
        "invalid interpolation",
        "services:\n  a:\n    image: x\n    command: echo ${bad name}\n",
        place=("compose.yaml", 4),
        says="invalid interpolation",
    ),
    _one(
        "missing env file",
        "services:\n  a:\n    image: x\n    env_file:\n      - no.env\n",
        place=("compose.yaml", 5),
        says="env file",
    ),
    _one("no image", "services:\n  a:\n    command: x\n", place=("compose.yaml", 2), says="neither an image"),
    _one(
        "unknown dependency",
        "services:\n  a:\n    image: x\n    depends_on: [no]\n",
        place=("compose.yaml", 4),
        says="undefined service: no",
    ),
    _one(
        "dependency in a profile",
        "services:\n  a:\n    image: x\n    depends_on: [b]\n  b: {image: x, profiles: [p]}\n",
        place=("compose.yaml", 4),
        says="needs a profile: b",
    ),
    _one(
        "dependency circle",
        "services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n",
        place=("compose.yaml", 3),
        says="circle",
    ),
    _one(
        "unknown volume",
        "services:\n  a:\n    image: x\n    volumes:\n      - vol:/v\n",
        place=("compose.yaml", 5),
        says="undefined volume: vol",
    ),
    _one(
        "unknown network",
        "services:\n  a:\n    image: x\n    networks: [n]\n",
        place=("compose.yaml", 4),
        says="undefined network: n",
    ),
    _one(
        "unknown secret",
        "services:\n  a:\n    image: x\n    secrets:\n      - s\n",
        place=("compose.yaml", 5),
        says="undefined secrets: s",
    ),
    _one(
        "invalid port",
        "services:\n  a:\n    image: x\n    ports:\n      - 80:abc\n",
        place=("compose.yaml", 5),
        says="invalid port",
    ),
    _one(
        "port out of range",
        "services:\n  a:\n    image: x\n    ports:\n      - '80:70000'\n",
        place=("compose.yaml", 5),
        says="invalid port",
    ),
    _one(
        "port ranges",
        "services:\n  a:\n    image: x\n    ports:\n      - 1-3:1-2\n",
        place=("compose.yaml", 5),
        says="different length",
    ),
    _one(
        "port address",
        "services:\n  a:\n    image: x\n    ports:\n      - 1.2.3:1:1\n",
        place=("compose.yaml", 5),
        says="invalid IP",
    ),
    _one(
        "volume colons",
        "services:\n  a:\n    image: x\n    volumes:\n      - ./a:/b:ro:x\n",
        place=("compose.yaml", 5),
        says="too many colons",
    ),
    _one(
        "duplicate key",
        "services:\n  a:\n    image: x\n    image: y\n",
        place=("compose.yaml", 4),
        says="already set on line 3",
    ),
    _one("broken yaml", "services:\n  a:\n    image: [x\n", place=("compose.yaml", 4), says="not YAML"),
    _one(
        "unclosed quote",
        "services:\n  a:\n    image: x\n    command: sh 'x\n",
        place=("compose.yaml", 4),
        says="invalid command",
    ),
    _one(
        "extends nothing",
        "services:\n  a:\n    extends: {service: no}\n",
        place=("compose.yaml", 3),
        says="cannot extend service no",
    ),
    _one(
        "extends no file",
        "services:\n  a:\n    extends: {file: no.yaml, service: b}\n",
        place=("compose.yaml", 3),
        says="no such file",
    ),
    _one(
        "extends itself",
        "services:\n  a:\n    extends: b\n    image: x\n  b:\n    extends: a\n    image: x\n",
        place=("compose.yaml", 3),
        says="circle",
    ),
    _one(
        "include missing",
        "include:\n  - no.yaml\nservices: {a: {image: x}}\n",
        place=("compose.yaml", 2),
        says="does not exist",
    ),
    _one(
        "include circle",
        "include:\n  - b.yaml\nservices: {a: {image: x}}\n",
        files={"b.yaml": "include:\n  - compose.yaml\nservices: {b: {image: x}}\n"},
        place=("b.yaml", 2),
        says="includes itself",
    ),
    _one(
        "unknown top-level key",
        "services: {a: {image: x}}\nservice: {}\n",
        place=("compose.yaml", 2),
        says="unknown key service",
    ),
    _one(
        "healthcheck test",
        "services:\n  a:\n    image: x\n    healthcheck:\n      test: [curl, x]\n",
        place=("compose.yaml", 4),
        says="healthcheck test must start",
    ),
    _one(
        "network mode and networks",
        "services:\n  a:\n    image: x\n    network_mode: host\n    networks: [n]\nnetworks: {n: }\n",
        place=("compose.yaml", 4),
        says="both network_mode and networks",
    ),
    _one(
        "two mounts at one place",
        "services:\n  a:\n    image: x\n    tmpfs: /a\n    volumes:\n      - ./a:/a\n",
        place=("compose.yaml", 6),
        says="mounts two things",
    ),
    _one(
        "bad env file",
        "services: {a: {image: x, env_file: e.env}}\n",
        files={"e.env": "A=1\nB C=2\n"},
        place=("e.env", 2),
        says="space",
    ),
)
