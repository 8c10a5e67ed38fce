"""What a person set: theme, pinned hosts, the page that was looked at last. One document a person, read from memory.

A change says what to do (pin this host, unpin that one), not how all of it is to be: two browsers that change something
at once both keep their change. Changes of one person that come together are written together.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tidegauge.storage.base import ConflictError, Document, Documents, StoreError, StoreUnavailableError

log = logging.getLogger(__name__)

COLLECTION = "preferences"
LOCAL = ":local"
"""The document of the local admin, whose name is "": no account is called so."""
MOST_PINS = 100
MOST_BYTES = 32_768
"""Of a change, and of a document: a hundred pins and a URL take up to 23 kB."""
TRIES = 10
LANES = 16

Theme = Literal["system", "light", "dark"]
Host = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.-]{1,200}\Z")]
Place = Annotated[str, Meta(pattern=r"\A(/(?![/\\])[!-~]*)?\Z", max_length=1_000)]
"""Path and query string of a page of this site, percent-encoded; "": none."""
Hosts = Annotated[tuple[Host, ...], Meta(max_length=MOST_PINS)]


class PreferencesError(Exception):
    """A change that cannot be made; a sentence for a person."""


class Kept(msgspec.Struct, frozen=True):
    """A document. pins: hosts' ids in the order they were pinned, whether they are known or not. count: how often it
    was changed, so that readers know which of two is newer."""

    theme: Theme = "system"
    pins: tuple[str, ...] = ()
    last: str = ""
    count: int = 0


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do; a host in both lists goes to the end."""

    theme: Theme | None = None
    pin: Hosts = ()
    unpin: Hosts = ()
    last: Place | None = None


NOTHING = Kept()

Told = Callable[[Kept | None], None]

_change = msgspec.json.Decoder(Change)
_kept = msgspec.json.Decoder(Kept)


def decode(body: bytes) -> Change:
    """A change as a browser sends it. Raises PreferencesError, whatever the bytes are."""
    if len(body) > MOST_BYTES:
        raise PreferencesError(f"a change has at most {MOST_BYTES} bytes")
    try:
        return _change.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise PreferencesError(str(error)) from error


def changed(kept: Kept, change: Change) -> Kept:
    """What is kept after a change; the same object if that changes nothing. Raises PreferencesError."""
    pins = [host for host in kept.pins if host not in change.unpin]
    pins += [host for host in dict.fromkeys(change.pin) if host not in pins]
    if len(pins) > max(MOST_PINS, len(kept.pins)):
        raise PreferencesError(f"{MOST_PINS} hosts can be pinned; unpin one first")
    theme = change.theme or kept.theme
    last = kept.last if change.last is None else change.last
    after = Kept(theme, tuple(pins), last, kept.count)
    return kept if after == kept else msgspec.structs.replace(after, count=kept.count + 1)


class Preferences:
    """Everybody's, as the store has them. Thread-safe; `take` is for the reader of the store (`sessions.memory`)."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._lock = threading.Lock()
        self._versions: dict[str, int] = {}
        self._known: dict[str, Kept] = {}
        self._missing: set[str] = set()
        """Known, and not in the last reading: written since it began, or gone."""
        self._told: dict[str, set[Told]] = {}
        self._lanes = [_Lane() for _ in range(LANES)]
        self.read = False
        """Whether the store was ever read."""

    def of(self, person: str) -> Kept | None:
        """A person's, from memory; None: the store was never read."""
        with self._lock:
            return self._of(_id(person))

    def take(self, found: Sequence[Document]) -> None:
        """What the store holds now."""
        with self._lock:
            begins, self.read = not self.read, True
            for document in found:
                self._note(document)
            self._forget(self._known.keys() - {document.id for document in found})
            for one in self._told if begins else ():
                self._tell(one)

    def watch(self, person: str, told: Told) -> None:
        """`told` is called now with what `of` gives, and with what comes after that, in order; it must not wait."""
        with self._lock:
            self._told.setdefault(_id(person), set()).add(told)
            told(self._of(_id(person)))

    def leave(self, person: str, told: Told) -> None:
        """`told` is called no more."""
        with self._lock:
            listeners = self._told.get(_id(person), set())
            listeners.discard(told)
            if not listeners:
                self._told.pop(_id(person), None)

    def change(self, person: str, change: Change) -> Kept:
        """Make a change; what is kept then, in the store. Raises PreferencesError, StoreError."""
        name = _id(person)
        lane = self._lanes[hash(name) % LANES]
        turn = _Turn(name, change)
        with self._lock:
            lane.waiting.append(turn)
        with lane.writing:
            with self._lock:
                turns = [one for one in lane.waiting if one.id == name]
                lane.waiting = [one for one in lane.waiting if one.id != name]
            if turns:  # else the one before wrote it with its own
                self._write(name, turns)
        if turn.failure:
            raise turn.failure
        return turn.kept

    def _write(self, id: str, turns: Sequence[_Turn]) -> None:
        try:
            document = self._merged(id, turns)
        except StoreError as error:
            log.warning("preferences_not_kept error=%s", error)
            for turn in turns:
                turn.failure = error
            return
        for turn in turns:
            turn.kept = _read(document) if document else NOTHING
        if document:
            with self._lock:
                self._note(document)

    def _merged(self, id: str, turns: Sequence[_Turn]) -> Document | None:
        """The document with all changes in it; where nobody writes it meanwhile it is written once."""
        for _ in range(TRIES):
            before = self._documents.get(COLLECTION, id)
            kept = _read(before) if before else NOTHING
            after = kept
            for turn in turns:
                after = turn.take(after)
            if after == kept:
                return before
            body = msgspec.json.encode(after)
            try:
                version = self._documents.put(COLLECTION, id, body, before.version if before else 0)
            except ConflictError:
                continue
            return Document(id, version, body)
        raise StoreUnavailableError("others change these preferences all the time", "try again")

    def _note(self, document: Document) -> None:
        if document.version <= self._versions.get(document.id, 0):
            return
        self._versions[document.id] = document.version
        self._known[document.id] = _read(document)
        self._tell(document.id)

    def _forget(self, missing: set[str]) -> None:
        """Let go of what two readings in a row did not have."""
        for one in missing & self._missing:
            del self._versions[one], self._known[one]
            self._tell(one)
        self._missing = missing

    def _tell(self, id: str) -> None:
        for told in self._told.get(id, ()):
            told(self._of(id))

    def _of(self, id: str) -> Kept | None:
        return self._known.get(id, NOTHING if self.read else None)


class _Turn:
    """A change that waits to be written, and what became of it."""

    def __init__(self, id: str, change: Change) -> None:
        self.id = id
        self.change = change
        self.kept = NOTHING
        self.failure: Exception | None = None

    def take(self, kept: Kept) -> Kept:
        """What is kept with this change in it; the same if it cannot be made."""
        self.failure = None
        try:
            return changed(kept, self.change)
        except PreferencesError as error:
            self.failure = error
            return kept


class _Lane:
    """Changes of some people, written one after the other."""

    def __init__(self) -> None:
        self.writing = threading.Lock()
        self.waiting: list[_Turn] = []


def _id(person: str) -> str:
    return person or LOCAL


def _read(document: Document) -> Kept:
    """A document; one that cannot be read is nothing, and the next change replaces it."""
    try:
        return _kept.decode(document.body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        log.warning("preferences_unreadable id=%r", document.id[:80])
        return NOTHING
