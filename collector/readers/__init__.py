"""Readers, one noun a module; `collector.registry` lists them. Each reads below the roots it is given."""
