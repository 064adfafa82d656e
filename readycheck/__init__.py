"""readycheck: judges whether a project is ready for production, and shows the proof."""

__version__ = "0.1.0"
