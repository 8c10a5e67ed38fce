"""The page of the system itself, loaded."""

from __future__ import annotations

from app.pages import system
from tests.app.rig import Rig, shown


def test_it_opens_whatever_the_store_does(rig: Rig) -> None:
    """It asks nothing of it but how it is, and does not wait for that."""
    rig.reads.down = True
    asked = rig.reads.asked
    page = shown(system.load(rig.node))
    assert '"data-page": "system"' in page
    assert rig.reads.asked == asked
