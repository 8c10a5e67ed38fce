"""The documents of the store, as commands read and write them while nodes run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cli import exits
from tidegauge.settings import Settings
from tidegauge.storage.base import Documents, StoreError
from tidegauge.storage.open import Access, open_documents


@contextmanager
def opened(told: Settings, failure: str) -> Iterator[Documents]:
    """The documents that the settings name. A store that does not answer ends the program with what failed then."""
    try:
        documents = open_documents(told.store, access=Access(told.store_ca, told.store_api_key))
        try:
            yield documents
        finally:
            documents.close()
    except StoreError as error:
        exits.leave(exits.STORE, f"{failure}: {error}")
