"""The data that ships with readycheck is found, and its absence is said in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest

from readycheck import resources


def test_checkout_reads_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "rules").mkdir()
    monkeypatch.setattr(resources, "files", lambda _: tmp_path / "package")
    assert Path(str(resources.data_dir("rules"))).resolve() == (tmp_path / "rules").resolve()


def test_packaged_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package" / "_data" / "rules").mkdir(parents=True)
    (tmp_path / "rules").mkdir()
    monkeypatch.setattr(resources, "files", lambda _: tmp_path / "package")
    assert resources.data_dir("rules") == tmp_path / "package" / "_data" / "rules"


def test_missing_folder_is_said() -> None:
    with pytest.raises(FileNotFoundError, match="without its nonesuch/ folder"):
        resources.data_dir("nonesuch")
