"""Detector kinds: parameters and a `find(project)` that yields observations. One file a kind."""
