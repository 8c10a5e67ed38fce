"""The directory: which ingest nodes there are, and which of them are known to be dead. Pure.

Each ingest node writes its document every few seconds, with a counter that moves. A reader holds a node dead when the
counter stood from reading to reading, by the reader's monotonic clock; what nodes think the time is does not matter.
While the store cannot be read nothing is judged and the last known list stands; where a reading took long, or the
reader stood still, the watch begins anew: nodes may have waited for the store as long. A node that stops says so in its
document, which stays: whoever reads it tries that URL, where the node may be back before the store is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

INGEST = "ingest"
DEAD_MS = 6_000
"""A counter that stands for so long is a dead node's."""
FORGET_MS = 600_000
"""How long a dead node is tried, and shown, further."""
MOST = 256
"""Nodes at most: what others write or tell is bounded."""


class DocumentError(ValueError):
    """Bytes that are no node's document."""


class NodeDocument(msgspec.Struct, frozen=True):
    """What an ingest node writes of itself. life: drawn when it started, so that two of one name are told apart.
    stopped: it was ended cleanly."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    url: Annotated[str, Meta(max_length=300)]
    version: Annotated[str, Meta(max_length=50)]
    counter: int
    kind: Annotated[str, Meta(max_length=50)] = INGEST
    life: Annotated[str, Meta(max_length=50)] = ""
    stopped: bool = False


_decoder = msgspec.json.Decoder(NodeDocument)


def decode_document(body: bytes) -> NodeDocument:
    """The document of its bytes. Raises DocumentError, whatever the bytes."""
    try:
        found = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise DocumentError(str(error)[:300]) from error
    if not is_url(found.url):
        raise DocumentError(f"{found.url[:100]!r} is no URL of a node")
    return found


def is_url(text: str) -> bool:
    """Whether a node may be linked to by it."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and len(text) <= 300
    except ValueError:
        return False


class Known(NamedTuple):
    """An ingest node that is known. moved_ms: when the counter of its document moved last, as the reader saw it,
    or the watch over it began. What only a document tells is "" without one."""

    url: str
    moved_ms: float
    name: str = ""
    version: str = ""
    life: str = ""
    counter: int = 0
    stopped: bool = False


@dataclass(frozen=True)
class Directory:
    """What a reader knows of all ingest nodes. Times are the reader's, monotonic.

    static: URLs that are always tried. documents: by id. told: by URL, those that other nodes named.
    since_ms: since when every reading of the store worked, soon after the one before; None: the last one did not.
    read_ms: when the last one that worked began.
    """

    static: tuple[str, ...] = ()
    documents: Mapping[str, Known] = field(default_factory=dict)
    told: Mapping[str, Known] = field(default_factory=dict)
    since_ms: float | None = None
    read_ms: float = 0.0

    def after_reading(self, documents: Iterable[tuple[str, NodeDocument]], now_ms: float) -> Directory:
        """All documents were read, each with its id, by a reading that began at now_ms. A node whose document is gone,
        or names another URL, is gone."""
        found = {key: self._read(key, one, now_ms) for key, one in documents if one.kind == INGEST}
        begins = self.since_ms is None or now_ms - self.read_ms >= DEAD_MS
        since_ms = now_ms if begins else self.since_ms
        newest = sorted(found.items(), key=lambda pair: -pair[1].moved_ms)[:MOST]
        read = replace(self, documents=dict(newest), since_ms=since_ms, read_ms=now_ms)
        told = {url: known for url, known in self.told.items() if read._stands_ms(known) <= FORGET_MS}
        return replace(read, told=told)

    def after_failure(self) -> Directory:
        """The store could not be read: no counter was seen to stand."""
        return replace(self, since_ms=None)

    def after_word(self, urls: Iterable[str], now_ms: float) -> Directory:
        """A node told of others: they count where the store does not say who there is."""
        if self.since_ms is not None:
            return self
        fresh = [url for url in urls if url not in self.told and is_url(url)][: MOST - len(self.told)]
        return replace(self, told={**self.told, **{url: Known(url, now_ms) for url in fresh}})

    def nodes(self, now_ms: float) -> list[Known]:
        """All that are known, one a URL, first those that are always tried; who is dead for long is left out."""
        by_url = {url: Known(url, now_ms) for url in self.static}
        for known in (*self.told.values(), *sorted(self.documents.values(), key=lambda one: one.moved_ms)):
            if known.url in self.static or self._stands_ms(known) <= FORGET_MS:
                by_url[known.url] = known
        return list(by_url.values())

    def standing(self, for_ms: float) -> list[str]:
        """Ids of the documents whose counter stands for so long."""
        return [key for key, known in self.documents.items() if self._stands_ms(known) >= for_ms]

    def alive(self, now_ms: float) -> list[Known]:
        """Those that are not known to be dead."""
        return [known for known in self.nodes(now_ms) if not self.is_dead(known.url, known.name)]

    def is_dead(self, url: str, name: str) -> bool:
        """Whether the node at a URL, or of a name ("": not known), is known to be dead: its document says that it was
        stopped, the counter of it stands, or it has none."""
        if self.since_ms is None:
            return False
        own = self._documents_of(url, name)
        if not own:
            return self.read_ms - self.since_ms >= DEAD_MS
        return all(one.stopped or self._stands_ms(one) >= DEAD_MS for one in own)

    def is_stopped(self, url: str, name: str) -> bool:
        """Whether the node at a URL, or of a name, is known to have been stopped."""
        own = self._documents_of(url, name)
        return self.since_ms is not None and bool(own) and all(one.stopped for one in own)

    def _documents_of(self, url: str, name: str) -> list[Known]:
        return [one for one in self.documents.values() if one.url == url or (name and one.name == name)]

    def _stands_ms(self, known: Known) -> float:
        """For how long the reader saw it stand; 0 while the store cannot be read."""
        return 0.0 if self.since_ms is None else self.read_ms - max(known.moved_ms, self.since_ms)

    def _read(self, id: str, one: NodeDocument, now_ms: float) -> Known:
        held = self.documents.get(id)
        stands = held is not None and (held.url, held.life, held.counter) == (one.url, one.life, one.counter)
        moved_ms = held.moved_ms if held and stands and self.since_ms is not None else now_ms
        return Known(one.url, moved_ms, one.name, one.version, one.life, one.counter, one.stopped)
