"""Extraction: one file's bytes in, small immutable facts out. No I/O, nothing of the code under audit is run."""
