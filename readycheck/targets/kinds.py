"""What a path's name alone says: binary kinds, folders that nobody wrote here, and paths safe to join to a root."""

from __future__ import annotations

import os
from collections.abc import Callable

_KINDS = {
    "images": "png jpg jpeg gif bmp ico icns webp avif tif tiff psd heic heif xcf cur jxl",
    "fonts": "woff woff2 ttf otf eot",
    "archives": "zip gz tgz bz2 xz zst lz4 7z rar tar jar war ear whl egg nupkg deb rpm apk dmg iso msi cab",
    "media": "mp3 mp4 m4a m4v mov avi mkv webm wav flac ogg oga ogv aac wmv flv opus",
    "compiled": "pyc pyo pyd so dll dylib exe o a lib obj class wasm mo bin elf node rlib pdb",
    "documents": "pdf doc docx xls xlsx ppt pptx odt ods odp epub",
    "data": "parquet npy npz h5 hdf5 onnx pt pth ckpt safetensors joblib arrow feather avro orc tflite pb gguf",
}
BINARY = {extension: kind for kind, extensions in _KINDS.items() for extension in extensions.split()}

# Other people's code, wherever it stands.
VENDORED = frozenset(
    """node_modules bower_components jspm_packages third_party third-party thirdparty _vendor vendored site-packages
    Pods Carthage .yarn .pnpm-store .bundle .cargo-vendor""".split()
)
# What tools make; left out unless it is tracked (then somebody wants it in the repository).
MADE = frozenset(
    """__pycache__ .venv venv .virtualenv .tox .nox .mypy_cache .pytest_cache .ruff_cache .hypothesis .eggs .cache
    .next .nuxt .svelte-kit .parcel-cache .turbo .angular .gradle .terraform .serverless .aws-sam dist htmlcov
    .ipynb_checkpoints""".split()
)
_ENVIRONMENTS = frozenset({"venv", ".venv", "env", ".env", "virtualenv", ".virtualenv"})
VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".bzr", "CVS", ".jj"})

# `vendor` is also a word of the trade (suppliers), so it needs a witness that it holds other people's code.
_VENDOR_BESIDE = ("go.mod", "composer.json", "Gemfile", "go.work", "Cargo.toml")
_VENDOR_WITHIN = ("modules.txt", "autoload.php")
_ASSETS = frozenset("static staticfiles assets public web www js css scripts dist media".split())


def binary_kind(name: str) -> str | None:
    """The kind of binary file an extension promises, or None: such files are counted, not read."""
    _, dot, extension = name.rpartition(".")
    return BINARY.get(extension.lower()) if dot else None


def vendored(folder: str, exists: Callable[[str], bool]) -> bool:
    """Whether one folder (path relative to the target) holds other people's code. `exists` looks for a path on disk."""
    parent, _, name = folder.rpartition("/")
    if name != "vendor":
        return name in VENDORED
    beside = f"{parent}/" if parent else ""
    if any(exists(beside + witness) for witness in _VENDOR_BESIDE):
        return True
    return bool(_ASSETS.intersection(parent.split("/"))) or any(exists(f"{folder}/{one}") for one in _VENDOR_WITHIN)


def made(folder: str, tracked: bool, exists: Callable[[str], bool]) -> str | None:
    """Why one folder holds nothing that somebody wrote for this project, or None."""
    name = folder.rpartition("/")[2]
    if name in VERSION_CONTROL:
        return "version control data"
    if name in _ENVIRONMENTS and exists(f"{folder}/pyvenv.cfg"):
        return "a Python virtual environment"
    if not tracked and name in MADE:
        return "made by a tool, not written here"
    return None


def is_safe(path: str) -> bool:
    """Whether a path stays below the root it is joined to, on this operating system."""
    if not path or path[0] == "/" or "\0" in path or (".." in path and ".." in path.split("/")):
        return False
    return os.name != "nt" or not ("\\" in path or ":" in path)


def printable(path: str) -> str:
    """A path fit for a report: bytes that are no UTF-8, control characters and line breaks are written as escapes."""
    if path.isprintable():
        return path
    return "".join(map(_escaped, path))


def _escaped(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
