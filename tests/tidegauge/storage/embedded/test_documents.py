"""The embedded documents keep the contract of documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tidegauge.storage.contract.documents import DocumentsContract
from tidegauge.storage.base import StoreError
from tidegauge.storage.open import open_documents


class TestEmbeddedDocuments(DocumentsContract):
    """The contract, in a folder."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        """A new folder."""
        return f"embedded:{tmp_path}/store"


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """One clear error, with what a person can do."""
    (tmp_path / "documents.sqlite").write_bytes(b"not SQLite at all" * 100)
    with pytest.raises(StoreError, match=r"documents\.sqlite cannot be used") as caught:
        open_documents(f"embedded:{tmp_path}")
    assert caught.value.permanent
    assert "move it" in caught.value.hint


def test_its_owner_alone_reads_it(tmp_path: Path) -> None:
    """Hashes of passwords are in it, and in the files beside it; one that others could read is closed to them."""
    (tmp_path / "documents.sqlite").touch(0o644)
    opened = open_documents(f"embedded:{tmp_path}")
    opened.put("users", "ann", b"{}")
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.glob("documents.sqlite*")} == {"0o600"}
    opened.close()
