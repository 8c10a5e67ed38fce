"""The collector's own folder: its lock, what the next life has to know, and the status file."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

import msgspec

from collector import copied
from collector.agent import Past, Progress
from collector.claims import Run
from collector.copied import Aside
from tidegauge.metrics import incarnations

log = logging.getLogger(__name__)


class StateError(Exception):
    """The folder cannot be used; one clear line."""


class InUseError(StateError):
    """Another collector runs with this folder."""


class _Saved(msgspec.Struct):
    incarnation: str
    last_ms: int
    lost: list[Run] = []


class StateFolder:
    """A folder that one running collector owns. One thread uses it; before `past` and `keep` it has to settle in.

    Durability: what `keep` writes outlives the process, however it ends, but not a power cut; what
    `replace` writes is replaced whole.
    """

    def __init__(self, path: str) -> None:
        """Make the folder and lock it. Raises StateError, InUseError."""
        self.path = Path(path)
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InUseError(f"another collector runs with the state folder {path}") from error
        self._last = -1
        self._failing = False

    def settle_in(self, host: str) -> list[Aside]:
        """Make it the folder of a host; what is of other hosts is set aside and returned. Raises StateError."""
        try:
            aside = copied.settle_in(self.path, host)
            self._last = os.open(self.path / "last", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        return aside

    def past(self) -> Past:
        """What the last life left; nothing if there was none or it cannot be read."""
        with suppress(OSError, msgspec.DecodeError, ValueError):
            # a shorter text leaves the end of a longer one behind its line
            line = os.pread(self._last, 1 << 20, 0).partition(b"\n")[0]
            saved = msgspec.json.decode(line, type=_Saved)
            incarnations.new(0, saved.incarnation)  # raises where no later one can be
            return Past(saved.incarnation, saved.last_ms, saved.lost)
        return Past()

    def keep(self, progress: Progress, lost: list[Run] | None = None) -> None:
        """Note how far this life came, and at its end what is lost with it."""
        line = msgspec.json.encode(_Saved(progress.incarnation, progress.last_ms, lost or [])) + b"\n"
        try:
            os.pwrite(self._last, line, 0)
            self._failing = False
        except OSError as error:
            if not self._failing:
                log.warning("state_failed folder=%s error=%r", self.path, error.strerror)
            self._failing = True

    def host_id(self) -> str:
        """An id for a machine that has none of its own: drawn once, kept here. Raises StateError."""
        file = self.path / "host-id"
        with suppress(FileNotFoundError):
            if found := file.read_text(errors="replace").strip():
                return found
        drawn = secrets.token_hex(16)
        self.replace("host-id", drawn.encode())
        return drawn

    def replace(self, name: str, content: bytes) -> None:
        """Write a file of the folder so that a reader sees the old or the new one whole. Raises StateError."""
        try:
            new = self.path / f"{name}.new"
            new.write_bytes(content)
            new.replace(self.path / name)
        except OSError as error:
            raise StateError(f"{self.path / name} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Give the folder up."""
        if self._last >= 0:
            os.close(self._last)
        os.close(self._lock)


def _unwritable(path: Path, error: OSError) -> StateError:
    return StateError(f"the state folder {path} cannot be written: {error.strerror}")


def is_running(path: str) -> bool:
    """Whether a collector holds the folder now."""
    try:
        lock = os.open(Path(path) / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
