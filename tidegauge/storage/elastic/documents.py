"""The Documents in Elasticsearch: one index, a document a record, found by collection and id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from tidegauge.storage.base import ConflictError, Document
from tidegauge.storage.elastic.connection import WRITE_SECONDS, Connection
from tidegauge.storage.elastic.failures import told
from tidegauge.storage.elastic.layout import DOCUMENTS
from tidegauge.storage.elastic.setup import Setup

PAGE = 1000
_TERM = 40
"""A version is the primary term, shifted by so many bits, and the sequence number + 1: 0 is none."""
_NO_INDEX = "index_not_found_exception"


class ElasticDocuments:
    """`Documents` in a cluster. What is written is listed by every node when the call returns."""

    def __init__(self, url: str, ca: str = "", api_key: str = "") -> None:
        """Open them. Raises StoreError for what trying again cannot help; a server that is down is no reason."""
        self._connection = Connection(url, ca, api_key)
        self._setup = Setup(self._connection)
        self._setup.begin()

    def get(self, collection: str, id: str) -> Document | None:
        """See Documents."""
        self._setup.ensure()
        status, answer = self._connection.call("GET", _path("_doc", collection, id), allow=(404,))
        return _document(answer) if status == 200 else None

    def put(self, collection: str, id: str, body: bytes, expected: int | None = None) -> int:
        """See Documents."""
        self._setup.ensure()
        path = _path("_doc" if expected != 0 else "_create", collection, id)
        status, answer = self._write("PUT", path, _condition(expected), source(collection, id, body))
        if status == 409:
            raise ConflictError(f"{collection}/{id} is not at version {expected}")
        if status == 404:
            raise self._connection.refused(status, answer)
        return _version(answer)

    def delete(self, collection: str, id: str) -> bool:
        """See Documents."""
        self._setup.ensure()
        status, _ = self._write("DELETE", _path("_doc", collection, id), _condition(None), None)
        return status == 200

    def list(self, collection: str) -> list[Document]:
        """See Documents."""
        self._setup.ensure()
        return list(read(self._connection, collection))

    def close(self) -> None:
        """See Documents."""
        self._connection.close()

    def _write(
        self, method: str, path: str, params: Mapping[str, str | int], body: Mapping[str, Any] | None
    ) -> tuple[int, dict[str, Any]]:
        """The status and the answer of a write; an index that somebody deleted is made anew."""
        for again in (True, False):
            status, answer = self._connection.call(
                method, path, params=params, body=body, timeout=WRITE_SECONDS, allow=(404, 409)
            )
            if not again or status != 404 or told(answer)[0] != _NO_INDEX:
                break
            self._setup.renew()
        return status, answer


def source(collection: str, id: str, body: bytes) -> dict[str, str]:
    """What is stored of a document."""
    return {"collection": collection, "id": id, "body": body.decode()}


def name(collection: str, id: str) -> str:
    """The `_id` of a document."""
    return f"{collection}:{id}"


def read(connection: Connection, collection: str) -> Iterator[Document]:
    """All documents of a collection by id, page by page. Raises StoreError."""
    body: dict[str, Any] = {
        "query": {"term": {"collection": collection}},
        "sort": ["id"],
        "size": PAGE,
        "seq_no_primary_term": True,
    }
    params = {"ignore_unavailable": True, "allow_partial_search_results": False}
    while True:
        hits = connection.call("POST", f"/{DOCUMENTS}/_search", params=params, body=body)[1]["hits"]["hits"]
        yield from map(_document, hits)
        if len(hits) < PAGE:
            return
        body["search_after"] = hits[-1]["sort"]


def _path(operation: str, collection: str, id: str) -> str:
    return f"/{DOCUMENTS}/{operation}/{quote(name(collection, id), safe='')}"


def _condition(expected: int | None) -> dict[str, str | int]:
    """The parameters of a write. Raises ConflictError for a version that no document ever has."""
    params: dict[str, str | int] = {"refresh": "true"}
    if expected:
        term, place = divmod(expected, 1 << _TERM)
        if not (term and place):
            raise ConflictError(f"no document was ever at version {expected}")
        params |= {"if_primary_term": term, "if_seq_no": place - 1}
    return params


def _document(answer: Mapping[str, Any]) -> Document:
    stored = answer["_source"]
    return Document(stored["id"], _version(answer), stored["body"].encode())


def _version(answer: Mapping[str, Any]) -> int:
    return int(answer["_primary_term"]) << _TERM | int(answer["_seq_no"]) + 1
