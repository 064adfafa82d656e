"""Linking: the facts of all files joined into one model of what production runs. No I/O."""
