"""Part of readycheck; see the modules inside."""
