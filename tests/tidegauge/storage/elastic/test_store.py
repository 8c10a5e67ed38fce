"""The store in Elasticsearch keeps the contract of stores, on a real server."""

from __future__ import annotations

import itertools

import pytest

from tests.tidegauge.storage.contract.store import StoreContract
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened

pytestmark = pytest.mark.elasticsearch

_count = itertools.count()


class TestElasticStore(StoreContract):
    """The contract, in a real cluster."""

    RACES = (("duplicate", "stored"), ("stored", "stored"))
    LONGER_DAYS = 31
    server = ""

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _know_the_server(cls, elasticsearch: str) -> None:
        cls.server = elasticsearch

    def open(self, url: str, summary_days: int = 3) -> FreshStore:
        """One whose queries see what was answered."""
        return opened(url, summary_days=summary_days)

    @pytest.fixture
    def url(self, elastic: str) -> str:
        """A cluster without anything of ours."""
        return elastic

    def fresh_url(self, folder: str) -> str:  # noqa: ARG002 (it needs none)
        """The same cluster for all histories; their entities are apart."""
        return self.server

    def fresh_prefix(self) -> str:
        """Another each time."""
        return f"{next(_count)}-"
