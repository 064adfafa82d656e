"""What the cache keeps of a file's facts, and that the rest comes back from its bytes."""

import pytest

from readycheck.facts.file import Options, build_gate, extract, with_configuration, without_configuration
from readycheck.facts.packing import pack, unpack

OPTIONS = Options(frozenset({"run"}), b"key", build_gate(frozenset({"run"})))
FILES = {
    "compose.yaml": b"services:\n  db:\n    image: postgres:16\n    environment: [POSTGRES_PASSWORD=tulipfield9]\n",
    ".env": b"DB_PASSWORD=tulipfield9\n",
    "nginx/site.conf": b"server { listen 80; }  # tulipfield9\n",
    "nginx/env.py": b"import os\nos.run('tulipfield9')\n",
    "start.sh": b"#!/bin/sh\nexport DB_PASSWORD=tulipfield9\n",
    "app.py": b"import os\nos.run('x')\n",
    "broken.yaml": b"services:\n  - [\n",
}


@pytest.mark.parametrize("path", FILES)
def test_comes_back_whole(path: str) -> None:
    facts = extract(path, FILES[path], OPTIONS)
    kept, left_out = without_configuration(facts)
    assert with_configuration(unpack(pack(kept)), left_out, FILES[path], OPTIONS) == facts


@pytest.mark.parametrize("path", ["compose.yaml", ".env", "nginx/site.conf", "start.sh"])
def test_keeps_no_configuration(path: str) -> None:
    kept, left_out = without_configuration(extract(path, FILES[path], OPTIONS))
    assert left_out
    assert b"tulipfield9" not in pack(kept)


def test_keeps_the_rest_as_it_is() -> None:
    facts = extract("app.py", FILES["app.py"], OPTIONS)
    assert without_configuration(facts) == (facts, 0)
