"""The documents of ingest nodes, as their roll reads and writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tidegauge.cluster.roll import RegisterError
from tidegauge.storage.base import Documents, StoreError

NODES = "nodes"


class NodeDocuments:
    """A `Register` over the collection `nodes`. The documents are closed by who opened them."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def read(self) -> list[tuple[str, bytes]]:
        """See Register."""
        with _ours():
            return [(one.id, one.body) for one in self._documents.list(NODES)]

    def write(self, id: str, body: bytes) -> None:
        """See Register."""
        with _ours():
            self._documents.put(NODES, id, body)

    def remove(self, id: str) -> None:
        """See Register."""
        with _ours():
            self._documents.delete(NODES, id)


@contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise RegisterError(str(error)) from error
