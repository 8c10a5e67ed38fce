"""One golden output for all readers: `python -m tests.collector.golden` writes it anew."""

from __future__ import annotations

import json

from tests.collector.machine import FIXTURES, observed

FILE = FIXTURES / "machine.golden.json"


def text() -> str:
    """What all readers see on the captured machine, as JSON."""
    return json.dumps([reading._asdict() for reading in observed()], indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
