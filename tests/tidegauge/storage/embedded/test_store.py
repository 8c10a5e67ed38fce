"""The embedded store keeps the contract of stores, in one process alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tidegauge.storage.contract.store import StoreContract


class TestEmbeddedStore(StoreContract):
    """The contract, in a folder."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """A new folder."""
        return f"embedded:{tmp_path}/store"

    def fresh_url(self, folder: str) -> str:
        """Another new folder."""
        return f"embedded:{folder}"
