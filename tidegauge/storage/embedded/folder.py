"""The folder of an embedded store: its paths, the lock that keeps a second process out, sizes, free space.

lock                              held while the store is open; names the process that holds it
samples.duckdb (+ .wal)           hot rows, events and dictionaries
samples/2026-01-31/host-12.parquet  sealed rows of one UTC day
documents.sqlite                  documents
tmp/                              what DuckDB spills; emptied when the store opens
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tidegauge.storage.base import StoreError, StoreUnavailableError

MEGABYTE = 1_000_000
DAMAGED = ".damaged"


class Folder:
    """A folder, made if it is not there. Raises StoreError where it cannot be made or written."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.database = self.path / "samples.duckdb"
        self.sealed = self.path / "samples"
        self.documents = self.path / "documents.sqlite"
        self.tmp = self.path / "tmp"
        self._lock_fd: int | None = None
        try:
            self.sealed.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unusable(self.path, error) from error

    def lock(self) -> None:
        """Take the store for this process; remove what a former one spilled or did not finish.

        Raises StoreError, permanent, where another has it.
        """
        try:
            fd = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise unusable(self.path, error) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(fd, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(fd)
            raise StoreError(
                f"another process (pid {holder}) has the embedded store in {self.path} open",
                permanent=True,
                hint="stop it, or name another folder in TIDEGAUGE_STORE",
            ) from error
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._lock_fd = fd
        shutil.rmtree(self.tmp, ignore_errors=True)
        for draft in self.sealed.glob("*/*.new"):
            draft.unlink()

    def unlock(self) -> None:
        """Let another process have it."""
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def check_floor(self, floor_mb: int) -> None:
        """Raises StoreUnavailableError where less than `floor_mb` megabytes are free on the disk."""
        try:
            free_mb = shutil.disk_usage(self.path).free // MEGABYTE
        except OSError as error:
            raise StoreUnavailableError(f"the folder {self.path} cannot be read: {error.strerror}") from error
        if free_mb < floor_mb:
            raise StoreUnavailableError(
                f"only {free_mb} MB are free on the disk of {self.path}, and {floor_mb} MB are to stay free",
                hint="free space there, lower TIDEGAUGE_RETENTION, or lower TIDEGAUGE_DISK_FLOOR_MB",
            )

    def size_bytes(self) -> int:
        """Bytes on disk of samples and events."""
        files = [self.database, self.database.with_name(self.database.name + ".wal"), *self.sealed_files()]
        total = 0
        for file in files:
            with contextlib.suppress(FileNotFoundError):
                total += file.stat().st_size
        return total

    def sealed_files(self) -> Iterator[Path]:
        """The sealed files that are there, known or not."""
        return self.sealed.glob("*/*.parquet")

    def damaged_files(self) -> list[str]:
        """Names of the sealed files that were set aside."""
        return sorted(str(file.relative_to(self.path)) for file in self.sealed.glob(f"*/*{DAMAGED}"))


def set_aside(path: Path) -> None:
    """Rename a damaged file, so that it is neither read nor removed."""
    path.rename(path.with_name(path.name + DAMAGED))


def unusable(path: Path, error: OSError) -> StoreError:
    """The error for a folder that cannot be used."""
    return StoreError(
        f"cannot use the folder {path} for the embedded store: {error.strerror or error}",
        permanent=True,
        hint="give the user of this process write access, or name another folder in TIDEGAUGE_STORE",
    )


def sync(path: Path) -> None:
    """Make a file, or a folder's list of names, survive a power loss."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
