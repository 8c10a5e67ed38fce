"""Ending with the parent process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from collector.parent import Parent

CHILD = """
import os, signal, sys
from collector.parent import Parent
parent = Parent()
parent.follow()
signal.signal(signal.SIGTERM, lambda *_: (print("told", parent.is_gone(), flush=True), os._exit(0)))
print("ready", flush=True)
signal.pause()
"""
PARENT = f"""
import signal, subprocess, sys
subprocess.Popen([sys.executable, "-c", {CHILD!r}])
signal.pause()
"""


def test_parent_is_there() -> None:
    """Whoever started this process is still there."""
    assert not Parent().is_gone()


@pytest.mark.processes
def test_parent_is_killed() -> None:
    """A child is told when its parent is killed, and sees that it is gone."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, env=dict(os.environ)) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        parent.kill()
        assert parent.stdout.readline() == b"told True\n"
