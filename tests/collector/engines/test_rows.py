"""What differs between engines."""

from __future__ import annotations

import pytest

from collector.engines.rows import ASKED, CHANGED, DIE, ENGINES, HEALTH, OOM, START, row_of


@pytest.mark.parametrize("row", ENGINES, ids=lambda row: row.runtime)
def test_every_row_tells_all(row: object) -> None:
    """Each engine has words for all that is told."""
    assert set(row.actions.values()) == {START, DIE, OOM, ASKED, HEALTH, CHANGED}  # type: ignore[attr-defined]


def test_row_of() -> None:
    """By the name it gives itself; one that nobody knows speaks Docker's API."""
    assert [row_of(name).runtime for name in ("Engine", "Podman Engine", "Balena")] == ["docker", "podman", "docker"]
