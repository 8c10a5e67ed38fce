"""Filesystems of real devices."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.readers.filesystem import Filesystem, mount_points
from collector.readings import Roots
from tests.collector.machine import TICK, roots, statvfs

MOUNTINFO = rb"""22 27 0:21 / /proc rw - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 254:0 / /again rw - ext4 /dev/vda rw
41 27 254:0 /var /bind rw - ext4 /dev/vda rw
42 27 8:1 / /mnt/a\040b\011c rw shared:1 - xfs /dev/sda1 rw
43 27 8:2 /home /home rw - xfs /dev/sdb1 rw
44 27 0:50 /@data /data rw - btrfs /dev/sdc rw
45 27 0:51 / /pool rw - zfs tank/pool rw
46 27 0:52 / /net rw - nfs4 server:/x rw
47 27 0:53 / /run rw - tmpfs tmpfs rw
48 27 7:1 / /snap/x rw - squashfs /dev/loop1 ro
broken line
"""


def test_capture() -> None:
    """The root filesystem alone, by its own arithmetic."""
    (reading,) = Filesystem(roots("machine")).read(TICK)
    assert (reading.name, reading.attributes) == ("/", {"device": "/"})
    assert reading.values == {
        "system.filesystem.usage.used": 600 * 4096,
        "system.filesystem.usage.free": 350 * 4096,
        "system.filesystem.usage.reserved": 50 * 4096,
        "system.filesystem.limit": 1000 * 4096,
        "system.filesystem.utilization": 0.6316,
        "system.filesystem.inodes.usage.used": 10,
        "system.filesystem.inodes.usage.free": 90,
    }


def test_real_mounts() -> None:
    """One place a device; no binds, no pseudo, memory, image or network filesystems."""
    assert mount_points(MOUNTINFO) == [b"/", b"/mnt/a b\tc", b"/data", b"/pool"]


def test_root_of_a_container_is_shown() -> None:
    """Where / is an overlay, it is still the filesystem that fills up."""
    assert mount_points(b"1 0 0:99 / / rw - overlay overlay rw") == [b"/"]


def test_what_a_sandbox_mounts_is_left_out() -> None:
    """A hardened unit sees parts of devices at places of their own: /home read-only, a private /var/tmp, its state."""
    unit = b"""27 1 254:0 / / ro,relatime - ext4 /dev/vda rw
50 27 254:0 /home /home ro - ext4 /dev/vda rw
51 27 254:0 /root /root ro - ext4 /dev/vda rw
52 27 254:0 /var/lib/tidegauge-collector /var/lib/tidegauge-collector rw - ext4 /dev/vda rw
53 27 254:0 /var/tmp/systemd-private-1/tmp /var/tmp rw - ext4 /dev/vda rw
54 27 0:60 / /dev ro - tmpfs tmpfs ro
"""
    assert mount_points(unit) == [b"/"]


def test_a_host_seen_from_a_container() -> None:
    """Its places are the host's own; what the container itself mounts is none of it."""
    seen = b"""100 1 0:99 / / rw - overlay overlay rw
101 100 254:0 / /host ro - ext4 /dev/vda rw
102 101 8:1 / /host/srv ro - xfs /dev/sda1 rw
103 101 0:98 / /host/var/lib/docker/overlay2/x/merged ro - overlay overlay rw
104 100 254:0 /var/lib/docker/containers/x/hosts /etc/hosts rw - ext4 /dev/vda rw
105 100 8:2 / /hostile rw - ext4 /dev/sda2 rw
"""
    assert mount_points(seen, b"/host") == [b"/", b"/srv"]


def test_a_place_that_cannot_be_asked(tmp_path: Path) -> None:
    """A mount that is gone or closed to us is left out, the others stay; names are printable."""

    def ask(path: bytes) -> object:
        if path == b"/pool":
            raise PermissionError(path)
        return statvfs(path)

    (tmp_path / "self").mkdir()
    (tmp_path / "self/mountinfo").write_bytes(MOUNTINFO)
    found = Filesystem(Roots(str(tmp_path), statvfs=ask)).read(TICK)  # type: ignore[arg-type]
    assert [reading.name for reading in found] == ["/", "/mnt/a b\ufffdc", "/data"]


def test_a_broken_disk_is_an_error(tmp_path: Path) -> None:
    """An I/O error is not passed over."""

    def ask(path: bytes) -> object:
        raise OSError(5, "Input/output error", path)

    (tmp_path / "self").mkdir()
    (tmp_path / "self/mountinfo").write_bytes(MOUNTINFO)
    with pytest.raises(OSError, match="Input/output"):
        list(Filesystem(Roots(str(tmp_path), statvfs=ask)).read(TICK))  # type: ignore[arg-type]
