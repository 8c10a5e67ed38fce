"""The table of all settings."""

from __future__ import annotations

from tidegauge.settings_table import TABLE


def test_rows_of_the_table_tell_enough() -> None:
    """Each name is prefixed and stands once, each has help, and is read by a program that there is."""
    assert len({row.name for row in TABLE}) == len(TABLE)
    for row in TABLE:
        assert row.name.startswith("TIDEGAUGE_")
        assert row.help
        assert set(row.programs.split()) <= {"up", "ingest", "web", "collector", "demo", "user", "token", "host"}
        assert set(row.others) <= set(row.programs.split())
    (one,) = [row for row in TABLE if row.key == "disk_floor_mb"]
    assert one.flag == "--disk-floor-mb"
