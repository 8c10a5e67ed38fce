"""The table of containers."""

from __future__ import annotations

from layouts.roster import COLUMNS, ContainerRow, table, vitals
from tests.layouts.components import encode, marked, settings, texts

ROW = ContainerRow("a" * 64, "<b>api</b>", "shop", "api", "registry.example/api:1", "docker", "unhealthy")


def test_rows_are_told_as_they_are() -> None:
    """Names of strangers are JSON strings in an attribute; each column has its head."""
    made = table([ROW])
    assert settings(made, "roster") == [{"containers": [ROW._asdict()]}]
    assert marked(made, "field") == [key for key, _ in COLUMNS]
    assert sorted(marked(made, "role")) == ["count", "empty", "find", "rows"]
    assert "dangerously" not in encode(made)


def test_without_containers_it_is_hidden() -> None:
    """It comes with the first."""
    assert (table([]).hidden, table([ROW]).hidden) == (True, False)  # type: ignore[attr-defined]


def test_the_vitals_of_one_are_not_known_yet() -> None:
    """They are told over the stream."""
    assert (marked(vitals(), "role"), marked(vitals(), "state"), texts(vitals())) == (["vitals"], ["unknown"], [""])
