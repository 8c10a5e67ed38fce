"""The documents in Elasticsearch keep the contract of documents."""

from __future__ import annotations

import pytest

from tests.elasticsearch.server import ask
from tests.tidegauge.storage.contract.documents import DocumentsContract
from tidegauge.storage.base import ConflictError, Documents
from tidegauge.storage.elastic.layout import DOCUMENTS
from tidegauge.storage.open import open_documents

pytestmark = pytest.mark.elasticsearch


class TestElasticDocuments(DocumentsContract):
    """The contract, in a real cluster."""

    @pytest.fixture
    def url(self, elastic: str) -> str:
        """A cluster without anything of ours."""
        return elastic

    def test_ids_of_any_characters(self, documents: Documents) -> None:
        """Slashes, colons, dots and letters of any language name documents of their own."""
        names = ["a/b", "a:b", ":", "..", "a b", "ä?&#%", "é" * 200]
        for name in names:
            documents.put("users", name, name.encode())
        assert [(one.id, one.body.decode()) for one in documents.list("users")] == [(n, n) for n in sorted(names)]
        assert all(documents.get("users", name) is not None for name in names)

    def test_more_than_a_page(self, documents: Documents, url: str) -> None:
        """A list is whole, however many pages the server gives it in."""
        lines = [
            f'{{"create":{{"_index":"{DOCUMENTS}","_id":"many:{i:05}"}}}}\n'
            f'{{"collection":"many","id":"{i:05}","body":"{i}"}}\n'
            for i in range(12_345)
        ]
        _bulk(url, "".join(lines))
        found = documents.list("many")
        assert [one.body for one in found] == [str(i).encode() for i in range(12_345)]
        with pytest.raises(ConflictError):
            documents.put("many", found[-1].id, b"", expected=found[-1].version + 1)
        documents.put("many", found[-1].id, b"", expected=found[-1].version)

    def test_an_index_deleted_by_hand_is_made_again(self, documents: Documents, url: str) -> None:
        """Nothing is found in it, and it is written to as before."""
        documents.put("users", "ann", b"1")
        ask(url, "DELETE", f"/{DOCUMENTS}")
        assert documents.get("users", "ann") is None
        assert documents.list("users") == []
        assert documents.put("users", "bob", b"2", expected=0) > 0
        assert [one.id for one in documents.list("users")] == ["bob"]


def _bulk(url: str, body: str) -> None:
    import urllib.request

    request = urllib.request.Request(
        f"{url}/_bulk?refresh=true", body.encode(), {"Content-Type": "application/x-ndjson"}
    )
    with urllib.request.urlopen(request) as response:
        response.read()


def test_documents_of_a_server_that_is_not_there(free_url: str) -> None:
    """They open, and each call says what is missing."""
    documents = open_documents(free_url)
    with pytest.raises(Exception, match="cannot be reached"):
        documents.get("users", "ann")
    documents.close()
