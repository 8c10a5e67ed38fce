"""Documents in memory of a real store, which can be taken away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clocks import HandClock
from tidegauge.storage.base import Documents, StoreUnavailableError
from tidegauge.storage.open import open_documents


class Switch:
    """Documents that do not answer while they are `down`, and take nothing while they are `full`; asked: how often
    they were."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.down = self.full = False
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        self.asked += 1
        if self.down or (self.full and name in ("put", "delete")):
            raise StoreUnavailableError("down")
        return getattr(self._documents, name)


@pytest.fixture
def clock() -> HandClock:
    """A clock that is turned by hand."""
    return HandClock()


@pytest.fixture
def documents(tmp_path: Path) -> Iterator[Switch]:
    """Embedded documents."""
    opened = open_documents(f"embedded:{tmp_path}")
    yield Switch(opened)
    opened.close()
