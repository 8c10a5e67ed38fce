"""Ending with the parent process, also when it is killed (Linux prctl(2))."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1


class Parent:
    """The process that started this one."""

    def __init__(self) -> None:
        self._pid = os.getppid()

    def follow(self) -> None:
        """Have the kernel send SIGTERM when the parent's thread that started this process ends."""
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)

    def is_gone(self) -> bool:
        """Whether it has ended; true as well if it ended before `follow`."""
        return os.getppid() != self._pid
