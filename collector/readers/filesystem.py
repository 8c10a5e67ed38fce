"""Filesystems of real devices: /proc/self/mountinfo (proc_pid_mountinfo(5)) and statvfs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress

from collector.files import read_once
from collector.readings import Reading, Roots, printable
from collector.schedule import Tick

MANY_ROOTS = (b"btrfs",)
"""Types that show a subvolume as the root of each mount, the first one too."""

NETWORK_FREE = (b"zfs", b"btrfs", b"bcachefs")
"""Types on local disks whose source is no path below /dev."""


class Filesystem:
    """Space and inodes of each local filesystem; network filesystems, which can hang, are left out."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._mountinfo = f"{roots.proc}/self/mountinfo"

    def read(self, _tick: Tick) -> Iterator[Reading]:
        below = os.fsencode(self._roots.root) if self._roots.foreign else b""
        for mount in mount_points(read_once(self._mountinfo), below):
            with suppress(FileNotFoundError, PermissionError):
                found = self._roots.statvfs(os.fsencode(self._roots.root) + mount)
                if found.f_blocks:
                    name = printable(mount)
                    yield Reading("filesystem", name, _values(found), attributes={"device": name})


def mount_points(mountinfo: bytes, below: bytes = b"") -> list[bytes]:
    """Where real filesystems are mounted, one place a device: the first that shows all of it.

    below: the folder at which the host's tree is mounted; places are the host's, mounts elsewhere are none of it.
    What a unit's sandbox mounts shows only a part of a device, so that it is left out.
    """
    places: dict[bytes, bytes] = {}
    for line in mountinfo.split(b"\n"):
        before, _, after = line.partition(b" - ")
        words, about = before.split(), after.split()
        if len(words) < 5 or len(about) < 2:
            continue
        device, root, place = words[2], words[3], _place(_unescape(words[4]), below)
        if place and _is_real(root, place, kind=about[0], source=about[1]) and device not in places:
            places[device] = place
    return list(places.values())


def _place(place: bytes, below: bytes) -> bytes:
    """Where the host has what is mounted here; b"" for what is not the host's."""
    if place == below:
        return b"/"
    return place[len(below) :] if place.startswith(below + b"/") else b""


def _is_real(root: bytes, place: bytes, kind: bytes, source: bytes) -> bool:
    if kind in (b"rootfs", b"squashfs", b"iso9660", b"devtmpfs"):
        return False
    if place == b"/":
        return True
    return (root == b"/" or kind in MANY_ROOTS) and (source.startswith(b"/dev/") or kind in NETWORK_FREE)


def _unescape(place: bytes) -> bytes:
    return re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match[1], 8) & 255]), place)


def _values(found: os.statvfs_result) -> dict[str, float]:
    used, free = found.f_blocks - found.f_bfree, found.f_bavail
    values: dict[str, float] = {
        "system.filesystem.usage.used": used * found.f_frsize,
        "system.filesystem.usage.free": free * found.f_frsize,
        "system.filesystem.usage.reserved": (found.f_bfree - free) * found.f_frsize,
        "system.filesystem.limit": found.f_blocks * found.f_frsize,
    }
    if used + free > 0:
        values["system.filesystem.utilization"] = round(used / (used + free), 4)
    if found.f_files:
        values["system.filesystem.inodes.usage.used"] = found.f_files - found.f_ffree
        values["system.filesystem.inodes.usage.free"] = found.f_ffree
    return values
