"""Plugins that are asked only where a line has a long run of characters lose no key by it."""

from __future__ import annotations

import re

import pytest

from readycheck.facts.vendor_secrets import _ONE_RUN, _RUN, _plugin


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("AWSKeyDetector", "key = '" + "AK" + "IA" + "Q3EXAMPLEKEY4TST" + "'"),
        ("AWSKeyDetector", "aws_secret_key = '" + "ab/+9" * 8 + "'"),
        ("MailchimpDetector", "key = '" + "0a1b2c3d" * 4 + "-us12'"),
    ],
)
def test_the_plugin_finds_only_lines_with_such_a_run(name: str, line: str) -> None:
    assert name in _ONE_RUN
    assert list(_plugin(name).analyze_string(line))
    assert _RUN.search(line)
    broken = re.sub(r"([0-9A-Za-z/+]{19})", r"\1 ", line)
    assert not _RUN.search(broken)
    assert not list(_plugin(name).analyze_string(broken))
