"""The entry point: answers --version without loading anything else."""

import sys


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from readycheck import __version__

        print(f"readycheck {__version__}")
        return
    from readycheck.cli import run

    run()


if __name__ == "__main__":
    main()
