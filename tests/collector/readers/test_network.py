"""Network interfaces of the host."""

from __future__ import annotations

from pathlib import Path

from collector.readers.network import Network
from collector.readings import Roots
from tests.collector.machine import TICK, roots


def test_capture() -> None:
    """The one interface that ever carried a packet, lo left out."""
    (reading,) = Network(roots("machine")).read(TICK)
    assert (reading.kind, reading.name) == ("network", "eth0")
    assert reading.values["system.network.io.receive"] == 832_355_094


def test_ends_of_containers_are_left_out(tmp_path: Path) -> None:
    """A veth is counted in its container."""
    (tmp_path / "net").mkdir()
    line = b" 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0"
    names = (b"lo", b"veth12ab", b"docker0")
    (tmp_path / "net/dev").write_bytes(b"a\nb\n" + b"\n".join(name + b":" + line for name in names))
    assert [reading.name for reading in Network(Roots(str(tmp_path))).read(TICK)] == ["docker0"]
