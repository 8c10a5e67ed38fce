"""Sockets in use."""

from __future__ import annotations

from pathlib import Path

from collector.readers.sockets import Sockets
from collector.readings import Roots
from tests.collector.machine import TICK, roots, values

PREFIX = "system.network.connection.count"


def test_capture() -> None:
    """Open TCP and UDP sockets, and TCP connections that wait to be forgotten."""
    assert values(list(Sockets(roots("machine")).read(TICK))) == {
        f"{PREFIX}.tcp": 1,
        f"{PREFIX}.udp": 0,
        f"{PREFIX}.tcp_time_wait": 205,
    }


def test_both_protocols_are_added(tmp_path: Path) -> None:
    """IPv4 and IPv6 together; time-wait is counted for both in the first file."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net/sockstat").write_bytes(b"TCP: inuse 5 orphan 0 tw 2 alloc 9 mem 1\nUDP: inuse 3 mem 0\n")
    (tmp_path / "net/sockstat6").write_bytes(b"TCP6: inuse 4\nUDP6: inuse 1\n")
    found = values(list(Sockets(Roots(str(tmp_path))).read(TICK)))
    assert found == {f"{PREFIX}.tcp": 9, f"{PREFIX}.udp": 4, f"{PREFIX}.tcp_time_wait": 2}


def test_absent(tmp_path: Path) -> None:
    """Without the files nothing is known."""
    assert values(list(Sockets(Roots(str(tmp_path))).read(TICK))) == {}
