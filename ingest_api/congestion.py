"""How much may be on its way to the store at once, so that a store that is slow has done it in time. Pure.

As TCP does with its congestion window (RFC 5681): what came too late makes it small, what is quick doubles it,
and after an outage it begins small. Without it a store gets more than it can do within the wait of a request,
each sender comes again with what is being stored, to another node as well, and soon most of what
the store does is in vain.
"""

from __future__ import annotations

LEAST_ROWS = 250


class Congestion:
    """rows: the bound, from LEAST_ROWS to `most`; so many may wait, too. Times are in seconds. Whoever has it
    holds a lock.
    """

    def __init__(self, most: int, wait_seconds: float) -> None:
        self.rows = self._most = most
        self._wait_seconds = wait_seconds
        self._flying = 0
        self._changed = 0.0

    @property
    def room(self) -> int:
        """How many rows more may be under way now."""
        return max(0, self.rows - self._flying)

    def begin(self, rows: int) -> int:
        """An append begins. Returns how many rows are under way with it."""
        self._flying += rows
        return self._flying

    def end(self, rows: int, load: int, began: float, now: float, is_late: bool) -> None:
        """An append is done, which began when `load` rows were under way. is_late: a sender did not wait so long."""
        self._flying -= rows
        took = now - began
        if is_late:
            if began >= self._changed:
                self._set(min(self.rows, round(load * self._wait_seconds / 2 / max(took, 0.001))), now)
        elif took < self._wait_seconds / 4 and 2 * load >= self.rows:
            self._set(2 * self.rows, now)

    def fail(self, rows: int, now: float) -> None:
        """The store did not take an append: what it can do is to be found out anew."""
        self._flying -= rows
        self._set(LEAST_ROWS, now)

    def _set(self, rows: int, now: float) -> None:
        self.rows = min(self._most, max(LEAST_ROWS, rows))
        self._changed = now
