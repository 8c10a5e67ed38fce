"""A register in memory, which fails when a test says so."""

from __future__ import annotations

from tidegauge.cluster.roll import RegisterError


class MemoryRegister:
    """Documents by id. failing: what every call raises now; "" for nothing."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.failing = ""

    def read(self) -> list[tuple[str, bytes]]:
        self._check()
        return sorted(self.documents.items())

    def write(self, id: str, body: bytes) -> None:
        self._check()
        self.documents[id] = body

    def remove(self, id: str) -> None:
        self._check()
        self.documents.pop(id, None)

    def _check(self) -> None:
        if self.failing:
            raise RegisterError(self.failing)
