"""What the interface holds by itself: errors and coverage."""

from __future__ import annotations

import numpy as np

from tidegauge.storage.base import ConflictError, Coverage, StoreError, StoreUnavailableError


def test_errors_say_whether_trying_again_can_help() -> None:
    """An unavailable store may come back, a conflict stays; both are of one family."""
    unavailable, conflict = StoreUnavailableError("away", hint="wait"), ConflictError("changed")
    assert [error.permanent for error in (unavailable, conflict)] == [False, True]
    assert [error.hint for error in (unavailable, conflict)] == ["wait", ""]
    assert all(isinstance(error, StoreError) for error in (unavailable, conflict))


def test_the_lines_of_one_entity() -> None:
    """A mask of its lines; of an unknown entity none."""
    nothing = np.zeros(3, np.int64)
    coverage = Coverage(("a", "b"), ("i",), np.array([0, 1, 1]), *[nothing] * 8)
    assert len(coverage) == 3
    assert coverage.of("b").tolist() == [False, True, True]
    assert not coverage.of("c").any()
