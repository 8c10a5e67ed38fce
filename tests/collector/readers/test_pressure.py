"""Pressure stall information."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.readers.pressure import Pressure
from collector.readings import Roots
from tests.collector.machine import TICK, roots, values


def test_capture() -> None:
    """Microseconds become seconds."""
    found = values(list(Pressure(roots("machine")).read(TICK)))
    assert (found["system.linux.pressure.cpu.some"], len(found)) == (60.39864, 6)


def test_absent(tmp_path: Path) -> None:
    """A kernel without it gives no reading, and that is no error."""
    assert list(Pressure(Roots(str(tmp_path))).read(TICK)) == []


def test_old_kernel_has_no_full_for_cpus(tmp_path: Path) -> None:
    """A line that is not there is absent."""
    (tmp_path / "pressure").mkdir()
    (tmp_path / "pressure/cpu").write_bytes(b"some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n")
    assert values(list(Pressure(Roots(str(tmp_path))).read(TICK))) == {"system.linux.pressure.cpu.some": 1.5}


def test_broken_line(tmp_path: Path) -> None:
    """A line without its total is an error."""
    (tmp_path / "pressure").mkdir()
    (tmp_path / "pressure/io").write_bytes(b"some avg10=0.00\n")
    with pytest.raises(ValueError, match="total"):
        list(Pressure(Roots(str(tmp_path))).read(TICK))
