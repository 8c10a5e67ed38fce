"""The roll of ingest nodes: a thread that reads their documents, and writes this node's own if it is one.

Where documents are kept is the caller's business (`Register`); a store that is down ends nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Protocol

import msgspec

from tidegauge.clock import Clock
from tidegauge.cluster import directory
from tidegauge.cluster.directory import Directory, DocumentError, Known, NodeDocument

log = logging.getLogger(__name__)

SECONDS = 2.0
CLOSE_SECONDS = 2.0
REMOVE_MS = 3_600_000
"""A document that stands for so long is taken away."""


class RegisterError(Exception):
    """Documents cannot be had now, the message says why."""


class Register(Protocol):
    """Where the documents are. Each call raises RegisterError if it cannot be done."""

    def read(self) -> Sequence[tuple[str, bytes]]:
        """All documents, each with its id."""
        ...

    def write(self, id: str, body: bytes) -> None:
        """Write a document, whatever is there."""
        ...

    def remove(self, id: str) -> None:
        """Remove a document; one that is not there is no error."""
        ...


class Roll:
    """Which ingest nodes there are, kept up to date. Thread-safe.

    peers: URLs that are always tried. register: None where there is none but them. own: what this node writes,
    but for its counter. Its thread runs from `start` to `close`.
    """

    def __init__(
        self,
        peers: Sequence[str],
        clock: Clock,
        register: Register | None = None,
        own: NodeDocument | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._clock = clock
        self._register = register
        self._own = own
        self._id = own.name if own else ""
        self._written = False
        """Whether the document of that id is this node's."""
        self._seconds = seconds
        self._lock = threading.Lock()
        self._directory = Directory(tuple(peers))
        self._failure = "nothing was read yet" if register else ""
        self._is_failing = False
        self._strange: set[str] = set()
        self._twin: tuple[str, float] | None = None
        self._listeners: list[Callable[[], None]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="roll", daemon=True)

    @property
    def failure(self) -> str:
        """Why documents are not read or written now; "": they are."""
        return self._failure

    @property
    def alive(self) -> bool:
        """Whether its thread runs, if it has anything to do."""
        return self._register is None or self._thread.is_alive()

    @property
    def twin(self) -> str:
        """The URL of another node that goes by this one's name now, "" if there is none."""
        known = self._twin
        return known[0] if known and self._clock.monotonic_ms() - known[1] < directory.DEAD_MS else ""

    def nodes(self) -> list[Known]:
        """All that are known, those that are dead for long left out."""
        return self._directory.nodes(self._clock.monotonic_ms())

    def is_dead(self, url: str, name: str) -> bool:
        """Whether the node at a URL or of a name is known to be dead."""
        return self._directory.is_dead(url, name)

    def is_stopped(self, url: str, name: str) -> bool:
        """Whether the node at a URL or of a name is known to have been stopped."""
        return self._directory.is_stopped(url, name)

    def urls(self) -> list[str]:
        """The URLs of all that are not known to be dead, this node's first."""
        own = [self._own.url] if self._own else []
        alive = [known.url for known in self._directory.alive(self._clock.monotonic_ms())]
        return [*dict.fromkeys([*own, *alive])]

    def listen(self, call: Callable[[], None]) -> None:
        """Call it whenever something may have changed."""
        self._listeners.append(call)

    def told(self, urls: Iterable[str]) -> None:
        """Another node named these."""
        with self._lock:
            self._directory = self._directory.after_word(urls, self._clock.monotonic_ms())
        self._changed()

    def start(self) -> None:
        """Begin to read and write."""
        if self._register:
            self._thread.start()

    def close(self) -> None:
        """End it, and write that this node was stopped, unless that takes long."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_SECONDS)

    def beat(self) -> None:
        """Read all documents once, and write the own one."""
        if self._register is None:
            return
        failure = self._read(self._register) or self._write(self._register)
        if failure and not self._is_failing:
            log.warning("roll_not_kept reason=%s", failure)
        self._failure, self._is_failing = failure, bool(failure)
        self._changed()

    def _run(self) -> None:
        self.beat()
        while not self._stop.wait(self._seconds):
            self.beat()
        if self._register and self._own and self._written:
            last = msgspec.structs.replace(self._own, counter=self._own.counter + 1, stopped=True)
            with suppress(RegisterError):
                self._register.write(self._id, msgspec.json.encode(last))

    def _read(self, register: Register) -> str:
        """Take in what there is; why not, or ""."""
        began_ms = self._clock.monotonic_ms()
        try:
            documents = register.read()
        except RegisterError as error:
            with self._lock:
                self._directory = self._directory.after_failure()
            return str(error)
        found = [(key, one) for key, body in documents if (one := self._decoded(key, body))]
        self._look_for_twin(found)
        with self._lock:
            self._directory = self._directory.after_reading(found, began_ms)
        return ""

    def _decoded(self, id: str, body: bytes) -> NodeDocument | None:
        try:
            return directory.decode_document(body)
        except DocumentError as error:
            if id not in self._strange and len(self._strange) < directory.MOST:
                self._strange.add(id)
                log.warning("node_document_skipped id=%.100s reason=%s", id, error)
            return None

    def _write(self, register: Register) -> str:
        """Write the own document, and take those away that stand for long; why not, or ""."""
        if self._own is None:
            return ""
        self._own = msgspec.structs.replace(self._own, counter=self._own.counter + 1)
        try:
            register.write(self._id, msgspec.json.encode(self._own))
            self._written = True
            for old in self._directory.standing(REMOVE_MS):
                register.remove(old)
        except RegisterError as error:
            return str(error)
        return ""

    def _look_for_twin(self, found: Sequence[tuple[str, NodeDocument]]) -> None:
        """Another life that writes under this node's name while this one does: from then on each has its own id,
        so that both are known."""
        before = self._directory.documents
        for key, one in found:
            if self._own is None or one.stopped or one.name != self._own.name or one.life == self._own.life:
                continue
            held = before.get(key)
            moved = held is not None and held.life == one.life and held.counter != one.counter
            if (key == self._id and self._written) or moved:
                if not self.twin:
                    log.warning("two_nodes_of_one_name name=%s other=%s", one.name, one.url)
                self._twin = one.url, self._clock.monotonic_ms()
                self._id = f"{one.name}#{self._own.life}"

    def _changed(self) -> None:
        for call in self._listeners:
            call()
