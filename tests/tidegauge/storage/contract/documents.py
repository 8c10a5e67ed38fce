"""What every Documents must do; a backend's test class inherits it and gives a URL."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tidegauge.storage.base import ConflictError, Documents, StoreUnavailableError
from tidegauge.storage.open import open_documents


class DocumentsContract:
    """The promises of `Documents`."""

    @pytest.fixture
    def url(self) -> str:
        """Where nothing is stored yet."""
        raise NotImplementedError

    @pytest.fixture
    def documents(self, url: str) -> Iterator[Documents]:
        """Open documents without any in them."""
        opened = open_documents(url)
        yield opened
        opened.close()

    def test_what_is_put_is_there(self, documents: Documents, url: str) -> None:
        """By id, in its collection, for every other who opens it."""
        assert documents.get("users", "ann") is None
        version = documents.put("users", "ann", b'{"a":1}')
        other = open_documents(url)
        for one in (documents, other):
            assert one.get("users", "ann") == ("ann", version, b'{"a":1}')
            assert one.get("nodes", "ann") is None
        other.close()

    def test_a_version_that_is_expected_must_be_there(self, documents: Documents) -> None:
        """0 expects none; a conflict changes nothing."""
        first = documents.put("users", "ann", b"1", expected=0)
        second = documents.put("users", "ann", b"2", expected=first)
        assert second > first
        for wrong in (0, first):
            with pytest.raises(ConflictError):
                documents.put("users", "ann", b"3", expected=wrong)
        with pytest.raises(ConflictError):
            documents.put("users", "bob", b"1", expected=7)
        assert documents.get("users", "ann") == ("ann", second, b"2")
        assert documents.put("users", "ann", b"4") > second

    def test_a_deleted_document_is_gone(self, documents: Documents) -> None:
        """And a version from before it was deleted is not expected of a new one."""
        version = documents.put("users", "ann", b"1")
        assert documents.delete("users", "ann")
        assert not documents.delete("users", "ann")
        assert documents.get("users", "ann") is None
        documents.put("users", "ann", b"2", expected=0)
        with pytest.raises(ConflictError):
            documents.put("users", "ann", b"3", expected=version)

    def test_a_list_is_in_the_order_of_ids(self, documents: Documents) -> None:
        """Of one collection alone."""
        for name in ("b", "a", "c"):
            documents.put("users", name, name.encode())
        documents.put("nodes", "n", b"")
        assert [(one.id, one.body) for one in documents.list("users")] == [("a", b"a"), ("b", b"b"), ("c", b"c")]
        assert documents.list("nothing") == []

    def test_threads_at_once_lose_no_write(self, documents: Documents) -> None:
        """A counter that many raise, each expecting what it read, ends at the sum."""

        def raise_it() -> None:
            raised = 0
            while raised < 20:
                found = documents.get("counters", "c")
                body = str(int(found.body) + 1 if found else 1).encode()
                try:
                    documents.put("counters", "c", body, expected=found.version if found else 0)
                except ConflictError:
                    continue
                raised += 1

        threads = [threading.Thread(target=raise_it) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = documents.get("counters", "c")
        assert found is not None
        assert found.body == b"80"

    def test_closed_documents_say_so(self, documents: Documents) -> None:
        """Every call raises."""
        documents.close()
        with pytest.raises(StoreUnavailableError):
            documents.get("users", "ann")
        with pytest.raises(StoreUnavailableError):
            documents.put("users", "ann", b"1")
