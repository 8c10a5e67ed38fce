"""The documents of ingest nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.node_documents import NODES, NodeDocuments
from tidegauge.cluster.roll import RegisterError
from tidegauge.storage.open import open_documents


def test_they_are_a_collection_of_their_own(tmp_path: Path) -> None:
    """Written, read, and removed by id; one that is not there is no error."""
    documents = open_documents(f"embedded:{tmp_path}")
    register = NodeDocuments(documents)
    for body in (b"1", b"2"):
        register.write("a", body)
    assert register.read() == [("a", b"2")]
    assert [one.id for one in documents.list(NODES)] == ["a"]
    register.remove("a")
    register.remove("a")
    assert register.read() == []
    documents.close()


def test_a_store_that_fails_is_an_error_of_the_roll() -> None:
    """Nothing of the store's own comes through."""
    documents = open_documents("http://127.0.0.1:1")
    register = NodeDocuments(documents)
    for call in (register.read, lambda: register.write("a", b""), lambda: register.remove("a")):
        with pytest.raises(RegisterError):
            call()
    documents.close()
