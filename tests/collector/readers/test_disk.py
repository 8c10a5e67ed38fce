"""/proc/diskstats as whole disks."""

from __future__ import annotations

from pathlib import Path

from collector.readers.disk import Disk
from collector.readings import Roots
from tests.collector.machine import TICK, roots

COUNTERS = b"10 1 2000 30 5 2 400 60 0 70 90"


def test_capture() -> None:
    """The disk alone: no loops, no compressed memory."""
    (reading,) = Disk(roots("machine")).read(TICK)
    assert (reading.name, reading.attributes) == ("vda", {"device": "vda"})
    assert reading.values["system.disk.io.read"] == 4_865_647_616


def test_which_are_disks(tmp_path: Path) -> None:
    """Partitions and disks that never did anything are left out; a / in a name is a ! in /sys."""
    for name in ("sda", "sdb", "cciss!c0d0", "ram0"):
        (tmp_path / "block" / name).mkdir(parents=True)
    idle = b" ".join([b"0"] * 11)
    names = (b"sda", b"sda1", b"cciss/c0d0", b"ram0")
    lines = [b"8 0 %b %b" % (name, COUNTERS) for name in names] + [b"8 16 sdb " + idle, b"8 32"]
    (tmp_path / "diskstats").write_bytes(b"\n".join(lines))
    found = list(Disk(Roots(str(tmp_path), str(tmp_path))).read(TICK))
    assert [reading.name for reading in found] == ["sda", "cciss/c0d0"]
    assert found[0].values == {
        "system.disk.io.read": 2000 * 512,
        "system.disk.io.write": 400 * 512,
        "system.disk.operations.read": 10,
        "system.disk.operations.write": 5,
        "system.disk.merged.read": 1,
        "system.disk.merged.write": 2,
        "system.disk.operation_time.read": 0.03,
        "system.disk.operation_time.write": 0.06,
        "system.disk.io_time": 0.07,
    }
