"""Which store a URL means: the only place that chooses. A backend is imported when it is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tidegauge.storage.base import Documents, Store, StoreError

EMBEDDED = "embedded:"
SERVERS = ("http://", "https://")


class Access(NamedTuple):
    """How a server is reached beside its URL: a file of CA certificates, an API key; "": none."""

    ca: str = ""
    api_key: str = ""


OPEN = Access()
"""Nothing beside the URL."""


def open_store(
    url: str,
    *,
    retention_days: int,
    summary_days: int | None = None,
    disk_floor_mb: int = 500,
    access: Access = OPEN,
) -> Store:
    """The store of a URL: `embedded:FOLDER`, or Elasticsearch's. The caller closes it.

    retention_days: whole UTC days of raw rows kept before today. summary_days: those of minute rows
    and events; as many if None. disk_floor_mb: megabytes that stay free on the disk of an embedded
    store. Raises StoreError, which a person can act on; an Elasticsearch that is not there now is no
    reason: the store is opened, and its calls raise StoreUnavailableError until it is.
    """
    summary_days = max(retention_days, summary_days or 0)
    if url.startswith(SERVERS):
        from tidegauge.storage.elastic.store import ElasticStore

        return ElasticStore(url, access.ca, access.api_key, retention_days=retention_days, summary_days=summary_days)
    path = _embedded_path(url)
    from tidegauge.storage.embedded.folder import Folder
    from tidegauge.storage.embedded.store import EmbeddedStore

    return EmbeddedStore(
        Folder(path), retention_days=retention_days, summary_days=summary_days, disk_floor_mb=disk_floor_mb
    )


def open_documents(url: str, *, access: Access = OPEN) -> Documents:
    """The documents of a URL; they may be open in several processes. The caller closes them.

    Raises StoreError.
    """
    if url.startswith(SERVERS):
        from tidegauge.storage.elastic.documents import ElasticDocuments

        return ElasticDocuments(url, access.ca, access.api_key)
    path = _embedded_path(url)
    from tidegauge.storage.embedded.documents import EmbeddedDocuments
    from tidegauge.storage.embedded.folder import Folder

    return EmbeddedDocuments(Folder(path))


def _embedded_path(url: str) -> Path:
    if url.startswith(EMBEDDED) and url != EMBEDDED:
        return Path(url.removeprefix(EMBEDDED))
    hint = "write embedded:FOLDER, or http(s)://host:9200 for Elasticsearch"
    raise StoreError(f"no store is named {url!r}", permanent=True, hint=hint)
