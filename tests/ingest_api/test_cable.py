"""Pull the cable."""

from ingest_api.cable import MAX_SECONDS, Cable


def test_a_pulled_cable_is_pulled_for_so_long() -> None:
    """Only the named host is cut off, and only until the time is over."""
    cable = Cable()
    assert cable.pull("h", 10, now_ms=0) == 10
    assert cable.is_pulled("h", 9_999)
    assert not cable.is_pulled("h", 10_000)
    assert not cable.is_pulled("other", 0)


def test_nobody_is_cut_off_for_long() -> None:
    """Seconds are bounded both ways."""
    assert Cable().pull("h", 1e9, 0) == MAX_SECONDS
    assert Cable().pull("h", -5, 0) == 0
