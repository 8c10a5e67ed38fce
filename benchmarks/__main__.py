"""`python -m benchmarks [NAME …]`: measures, and prints the table. Nothing else should run meanwhile."""

from __future__ import annotations

import importlib
import sys

from benchmarks.table import Figure, lines

MODULES = (
    "collector",
    "containers",
    "spool",
    "storage",
    "ingest",
    "latency",
    "presence",
    "fanout",
    "browsers",
    "cluster",
    "start",
    "drain",
    "drawing.measure",
    "elastic_ingest",
    "elastic_queries",
)


def main(names: list[str]) -> None:
    """Run some of the modules, or all; print each one's rows as it ends."""
    found: list[Figure] = []
    for name in names or MODULES:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        measured: list[Figure] = importlib.import_module(f"benchmarks.{name}").rows()
        found += measured
        print("\n".join(lines(measured)), flush=True)
    if len(names) != 1:
        print("\n" + "\n".join(lines(found)))


main(sys.argv[1:])
