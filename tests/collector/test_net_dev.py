"""The format of /proc/net/dev."""

from __future__ import annotations

import pytest

from collector.net_dev import Counters, interfaces, total, values

DEV = b"""Inter-|   Receive                                     |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes ...
    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0     0
  eth0: 412512608    8803    1    2    0     0        0         0   485149    5757    3    4    0     0       0     0
eth0:1:1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
"""
ETH0 = Counters(412512608, 8803, 1, 2, 485149, 5757, 3, 4)


def test_interfaces() -> None:
    """Name and counters of each line, also of an alias whose name holds a colon."""
    found = dict(interfaces(DEV))
    assert (list(found), found["eth0"]) == (["lo", "eth0", "eth0:1"], ETH0)


def test_total_leaves_lo_out() -> None:
    """The sum is over all other interfaces; there may be none."""
    assert total(DEV).receive_bytes == 412512609
    assert total(b"") == Counters(*[0] * 8)


def test_values() -> None:
    """A host's interface counts packets too, a container's does not."""
    assert values("container", ETH0)["container.network.packet.dropped.transmit"] == 4
    assert len(values("container", ETH0)) == 6
    assert values("system", ETH0)["system.network.packet.count.receive"] == 8803


def test_a_line_that_is_cut_short_is_an_error() -> None:
    """It names the file, and no column is taken for another."""
    with pytest.raises(ValueError, match="/proc/net/dev: 4 columns"):
        total(DEV + b"  eth1: 1 2 3 4")
