"""Where the rules and templates that ship with readycheck are: the only module that knows."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def data_dir(name: str) -> Traversable:
    """A folder of data that ships with readycheck: packaged in a wheel, the repository's own in a checkout."""
    package = files("readycheck")
    for root in (package / "_data", package / ".."):
        if (candidate := root / name).is_dir():
            return candidate
    raise FileNotFoundError(f"readycheck was installed without its {name}/ folder")
