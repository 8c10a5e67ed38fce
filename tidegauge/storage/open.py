"""Which store a URL means: the only place that chooses. A backend is imported when it is chosen."""

from __future__ import annotations

from pathlib import Path

from tidegauge.storage.base import Documents, Store, StoreError

EMBEDDED = "embedded:"


def open_store(url: str, *, retention_days: int, disk_floor_mb: int = 500) -> Store:
    """The store of a URL: `embedded:FOLDER`. The caller closes it.

    retention_days: whole UTC days kept before today. disk_floor_mb: megabytes that stay free on the
    disk of an embedded store. Raises StoreError, which a person can act on.
    """
    path = _embedded_path(url)
    from tidegauge.storage.embedded.folder import Folder
    from tidegauge.storage.embedded.store import EmbeddedStore

    return EmbeddedStore(Folder(path), retention_days=retention_days, disk_floor_mb=disk_floor_mb)


def open_documents(url: str) -> Documents:
    """The documents of a URL; an embedded store's may be open in several processes. The caller closes them.

    Raises StoreError.
    """
    path = _embedded_path(url)
    from tidegauge.storage.embedded.documents import EmbeddedDocuments
    from tidegauge.storage.embedded.folder import Folder

    return EmbeddedDocuments(Folder(path))


def _embedded_path(url: str) -> Path:
    if url.startswith(EMBEDDED) and url != EMBEDDED:
        return Path(url.removeprefix(EMBEDDED))
    if url.startswith(("http://", "https://")):
        raise StoreError("Elasticsearch as a store is not built yet; use embedded:FOLDER", permanent=True)
    raise StoreError(f"no store is named {url!r}", permanent=True, hint="write embedded:FOLDER")
