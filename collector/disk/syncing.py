"""A sync that nobody has to wait for: a disk that hangs holds up the thread that asks it, and no other."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


class Syncing:
    """One sync of a file, begun when this is made, in a thread of its own."""

    def __init__(self, sync: Callable[[int], None], fd: int) -> None:
        """Raises OSError. The file may be closed meanwhile."""
        self._sync = sync
        self._fd = os.dup(fd)
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="spool-sync", daemon=True)
        self._thread.start()

    def is_done(self, seconds: float) -> bool:
        """Wait at most so long; whether the bytes are on the disk now. Raises OSError where they are not to be."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            return False
        if self._error:
            raise self._error
        return True

    def _run(self) -> None:
        try:
            self._sync(self._fd)
        except OSError as error:
            self._error = error
        finally:
            os.close(self._fd)
