"""Renderers: one report in, text out. None of them decides anything, prints anything or reads anything."""
