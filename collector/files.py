"""Files that are read again and again, as bytes, and the numbers in them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

CHUNK_BYTES = 32_768
SHORT_BYTES = 2048
"""The kernel fills at least a page unless the next line does not fit: less is all there is, if no line is longer."""


class File:
    """A file behind one descriptor, opened on first use and again after a failure.

    Files of /proc, /sys and cgroups are made anew by the kernel at each read from their beginning. For files
    without lines of over 2 KiB: of those that may have them `read_once` reads all.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd = -1

    def read(self) -> bytes:
        """The whole content. Raises OSError; of a removed cgroup "No such device"."""
        if self._fd < 0:
            self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = os.pread(self._fd, CHUNK_BYTES, 0)
            return data if len(data) < SHORT_BYTES else _rest(self._fd, data)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Give the descriptor back."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def __del__(self) -> None:
        with suppress(OSError):
            self.close()


def read_once(path: str) -> bytes:
    """The whole content through a descriptor that is not kept. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return _rest(fd, b"")
    finally:
        os.close(fd)


def sync(path: str | Path) -> None:
    """Have what was written to a file, or the names of a folder's files, outlive a power cut. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def number_after(data: bytes, mark: bytes) -> int | None:
    """The whole number that follows `mark`, blanks between; None without the mark. Raises ValueError."""
    at = data.find(mark)
    if at < 0:
        return None
    at += len(mark)
    words = data[at : at + 32].split(None, 1)
    if not words:
        raise ValueError(f"no number after {mark!r}")
    return int(words[0])


def _rest(fd: int, data: bytes) -> bytes:
    """The whole content, `data` its beginning. A read may end early: go on until there is nothing more."""
    while more := os.pread(fd, CHUNK_BYTES, len(data)):
        data += more
    return data
