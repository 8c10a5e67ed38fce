"""The beats of an ingest node."""

from __future__ import annotations

from ingest_api.beats import Beats
from tests.e2e.programs import eventually


def test_it_beats_until_it_is_closed() -> None:
    """Again and again, and not once more after `close`."""
    told: list[int] = []
    beats = Beats(lambda: told.append(1), seconds=0.01)
    eventually(lambda: len(told) >= 3, what="three beats")
    beats.close()
    count = len(told)
    assert not beats.alive
    assert len(told) == count
