"""A record as a table."""

from __future__ import annotations

import pytest

from collector import table
from collector.builder import Builder
from collector.identity import describe
from tests.collector.machine import observed
from tests.rows import INCARNATION, NOW


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (512, "By", "512 B"),
        (39_395_328, "By", "37.6 MiB"),
        (2.0**70, "By", "1,048,576.0 PiB"),
        (0.25, "1", "0.25"),
        (3250.87, "s", "3,250.87 s"),
        (12120, "{process}", "12,120"),
        (2_445_404_000, "Hz", "2,445 MHz"),
    ],
)
def test_number(value: float, unit: str, expected: str) -> None:
    """Bytes in powers of 1024, all else plain."""
    assert table.number(value, unit) == expected


def test_lines() -> None:
    """Each entity has a title, each of its metrics a line."""
    host = describe("h1", "web", "boot", "f", [], "Linux")
    record = Builder(host, 1000).record(observed(), NOW, (INCARNATION, 0), [], [])
    found = list(table.lines(record))
    assert found[0] == "host web  (id h1, start boot)"
    assert any(line.startswith("disk vda ") for line in found)
    assert any(line.startswith("container 4f1d0c6b9a7e ") for line in found)
    assert any(line.split() == ["system.uptime", "3,250.87", "s"] for line in found)
