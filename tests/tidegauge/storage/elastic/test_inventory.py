"""Whose the indices of our names are."""

from __future__ import annotations

import pytest

from tests.elasticsearch.server import ask
from tidegauge.storage.base import StoreError
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.inventory import Inventory, create, foreign, survey

OURS = {"mappings": {"_meta": {"tidegauge": 1}}}


@pytest.mark.elasticsearch
def test_ours_and_others(connection: Connection, elastic: str) -> None:
    """An index is ours by its mark; names that Tidegauge never needs are nobody's business."""
    assert survey(connection) == Inventory([], [])
    ask(elastic, "PUT", "/tidegauge-raw-2024.10.04", OURS)
    ask(elastic, "PUT", "/tidegauge-documents")
    ask(elastic, "PUT", "/tidegauge-raw-2024.10.05")
    ask(elastic, "POST", "/tidegauge-raw-2024.10.04/_close")
    ask(elastic, "PUT", "/tidegauge-of-a-colleague")
    found = survey(connection)
    assert found == Inventory(["tidegauge-raw-2024.10.04"], ["tidegauge-documents", "tidegauge-raw-2024.10.05"])
    assert "tidegauge-documents, tidegauge-raw-2024.10.05" in str(foreign(found.foreign))


@pytest.mark.elasticsearch
def test_an_index_is_created_once(connection: Connection) -> None:
    """Whoever comes second is told that it is there; what cannot be created is an error."""
    assert create(connection, "tidegauge-raw-2024.10.04", OURS)
    assert not create(connection, "tidegauge-raw-2024.10.04", OURS)
    with pytest.raises(StoreError, match="unknown setting"):
        create(connection, "tidegauge-raw-2024.10.05", {"settings": {"index.nothing": 1}})
