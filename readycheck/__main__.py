"""The entry point: answers --version without loading anything else."""

import os
import sys


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from readycheck import __version__

        print(f"readycheck {__version__}")
        return
    _forget_working_folder()
    from readycheck.cli import run

    run()


def _forget_working_folder() -> None:
    """With `-m` Python looks for modules in the working folder first: often that of the project under audit.

    A file of its own called like a module of ours would be run. Only a checkout of readycheck itself is kept.
    """
    here = os.getcwd()
    if sys.path and sys.path[0] in {"", here} and not os.path.abspath(__file__).startswith(os.path.join(here, "")):
        del sys.path[0]


if __name__ == "__main__":
    main()
