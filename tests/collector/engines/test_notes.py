"""What `status` says of engines."""

from __future__ import annotations

from collector.engines.client import Version
from collector.engines.notes import note
from collector.engines.rows import ENGINES

URL = "unix:///var/run/docker.sock"
DOCKER = Version(ENGINES[0], "26.1.5")


def test_heard() -> None:
    """Which engine, which version, where."""
    assert note(URL, DOCKER, "", denied=False) == f"docker 26.1.5 {URL}: heard"
    assert note(URL, None, "", denied=False) == f"{URL}: not asked yet"


def test_lost() -> None:
    """Why it is not heard."""
    assert note(URL, DOCKER, "it ended", denied=False).endswith("not heard: it ended")


def test_no_rights() -> None:
    """What is missing, what to grant, and that the group of the socket is as good as root."""
    found = note(URL, None, "PermissionError", denied=True)
    for words in ("no names", "all else is measured", "POST=0", "TIDEGAUGE_ENGINES=http://HOST:PORT", "equals root"):
        assert words in found
