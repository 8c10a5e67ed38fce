"""The folder of a spool: its files by their numbers, the space that is free, and the quarantine.

000000000001.segment   records; a number is never used again
cursor                 what of them is settled
quarantine/            damaged files, and damaged pieces of others; the last ones
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from collector.files import sync

MOST_BYTES = 256 << 20
QUARANTINE_BYTES = 8 << 20
QUARANTINE_FILES = 64
FLOOR_BYTES = 500_000_000
FLOOR_PARTS = 20
_NAME = re.compile(r"([0-9]{12})\.segment.*")


class Folder:
    """Methods raise OSError but where they say otherwise."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cursor = path / "cursor"
        self.quarantine = path / "quarantine"

    def make(self) -> None:
        """Make it if it is not there."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def segment(self, number: int) -> Path:
        """A segment's file."""
        return self.path / f"{number:012d}.segment"

    def numbers(self) -> list[int]:
        """The segments that are there, whatever they are."""
        return sorted(_numbers(self.path))

    def read(self, number: int) -> bytes:
        """All of a segment. Of what is no file, or none of ours by its size, it raises too."""
        with self.opened(number) as fd:
            about = os.fstat(fd)
            if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
                raise OSError(errno.EINVAL, "no segment")
            with open(fd, "rb", closefd=False) as file:
                return file.read()

    @contextmanager
    def opened(self, number: int) -> Iterator[int]:
        """A descriptor to read a segment with."""
        fd = os.open(self.segment(number), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            yield fd
        finally:
            os.close(fd)

    def last_number(self) -> int:
        """The greatest number that was used and is known."""
        return max((*_numbers(self.path), *_numbers(self.quarantine)), default=0)

    def remove(self, numbers: list[int]) -> None:
        """Unlink segments; one that is not there is no error."""
        for number in numbers:
            self.segment(number).unlink(missing_ok=True)
        self.sync()

    def sync(self) -> None:
        """Have the names of files survive a power cut."""
        sync(self.path)

    def is_below(self, floor_bytes: int | None) -> bool:
        """Whether less is free than shall be; by default the lesser of 500 MB and a twentieth of the disk.

        False where the disk does not say.
        """
        with suppress(OSError):
            disk = os.statvfs(self.path)
            if floor_bytes is None:
                floor_bytes = min(FLOOR_BYTES, disk.f_blocks * disk.f_frsize // FLOOR_PARTS)
            return disk.f_bavail * disk.f_frsize < floor_bytes
        return False

    def set_aside(self, path: Path) -> None:
        """Move what stands in place of a file to the quarantine. Never raises: what cannot be moved stays."""
        with suppress(OSError):
            self.quarantine.mkdir(exist_ok=True, mode=0o700)
            path.rename(self.quarantine / path.name)
            self.sync()
            self._keep_the_last()

    def keep_piece(self, number: int, at: int, data: bytes) -> None:
        """Copy damaged bytes of a segment to the quarantine. Never raises."""
        with suppress(OSError):
            self.quarantine.mkdir(exist_ok=True, mode=0o700)
            (self.quarantine / f"{self.segment(number).name}.{at}").write_bytes(data)
            self._keep_the_last()

    def _keep_the_last(self) -> None:
        """Bound the quarantine; the greatest numbers stay."""
        left = QUARANTINE_BYTES
        for count, path in enumerate(sorted(self.quarantine.iterdir(), reverse=True)):
            left -= path.lstat().st_size
            if left >= 0 and count < QUARANTINE_FILES:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _numbers(path: Path) -> list[int]:
    with suppress(OSError):
        return [int(match[1]) for file in path.iterdir() if (match := _NAME.fullmatch(file.name))]
    return []
