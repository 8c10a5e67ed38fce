"""Records that a server does not take, wholly or in part: counted, kept, and sent again where a person asks for it."""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

import msgspec

from collector.letters import letter
from collector.letters.letter import DeadLetter, Letter, LetterError
from collector.letters.letter_folder import LetterFolder
from collector.spool import Item, Key
from tidegauge.metrics.wire import Outcome

log = logging.getLogger(__name__)

KEPT = 100
SHOWN_ITEMS = 20
FAILED = "failed"
"""The outcome of a record that no server digests while others pass."""
TAKEN = ("stored", "duplicate")


class LettersState(msgspec.Struct, frozen=True):
    """What `status` shows. kept: letters at rest. given_up: for newer ones. failure: why none can be written, or ""."""

    kept: int = 0
    waiting: int = 0
    given_up: int = 0
    failure: str = ""


class DeadLetters:
    """Counts of all outcomes, and the letters of what was not taken. Any thread may call.

    Without a folder the last letters are kept in memory, without their records.
    """

    def __init__(self, folder: LetterFolder | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.last: deque[DeadLetter] = deque(maxlen=KEPT)
        self._folder = folder
        self._failure = ""
        self._lock = threading.Lock()
        if folder:
            try:
                folder.begin()
            except OSError as error:
                self._fail(error)

    def settle(self, items: Sequence[Item], outcomes: Iterable[Outcome], now_ms: int) -> list[Key]:
        """Note what a server settled. Returns the refusals that cannot be kept now: they may not be forgotten."""
        sent = {item.key: item for item in items}
        unkept = []
        for found in outcomes:
            item = sent[found.incarnation, found.seq]
            if found.outcome in TAKEN:
                self._took(item, found.outcome)
            elif not self._keep(item, found.outcome, found.reason, found.items, now_ms):
                unkept.append(item.key)
        return unkept

    def give_up(self, item: Item, reason: str, now_ms: int) -> bool:
        """Keep a record that no server digests, and say whether it may be forgotten."""
        return self._keep(item, FAILED, reason, [], now_ms)

    def again(self, records: int, size_bytes: int, besides: Collection[Key]) -> list[Item]:
        """The oldest records that a person wants to be sent again, as a spool gives its items."""
        found: list[Item] = []
        for name in self._ids_waiting():
            item = self._waiting(name, besides)
            size_bytes -= len(item.body) if item else 0
            if len(found) == records or (found and size_bytes < 0):
                break
            found += [item] if item else []
        return found

    def take_lost(self) -> list[Item]:
        """Records, less their bodies, whose letters were given up since the last call: a hole is left of each."""
        with self._lock:
            if self._folder is None:
                return []
            lost, self._folder.lost = self._folder.lost, []
            return lost

    def state(self) -> LettersState:
        """How the letters are."""
        folder = self._folder
        if folder is None:
            return LettersState(len(self.last), failure=self._failure)
        with suppress(OSError):
            return LettersState(folder.count(False), folder.count(True), folder.given_up, self._failure)
        return LettersState(given_up=folder.given_up, failure=self._failure or "the letters cannot be read")

    def _ids_waiting(self) -> list[str]:
        with suppress(OSError):
            return self._folder.ids(waiting=True) if self._folder else []
        return []

    def _took(self, item: Item, outcome: str) -> None:
        with self._lock:
            self.counts[outcome] += 1
            if self._folder and self._folder.settle(letter.name(item.key), taken=True):
                self.last = deque((one for one in self.last if one.key != item.key), KEPT)

    def _keep(self, item: Item, outcome: str, reason: str, items: list[str], now_ms: int) -> bool:
        new = letter.write_up(item, outcome, reason, items, now_ms)
        with self._lock:
            if not self._write(new):
                return False
            self.counts[outcome] += 1
            self.last.append(msgspec.structs.replace(new.about, items=new.about.items[:SHOWN_ITEMS]))
        log.warning("record_%s id=%s reason=%r items=%d", outcome, new.about.id, reason[:200], len(items))
        return True

    def _write(self, new: Letter) -> bool:
        if self._folder is None:
            return True
        try:
            self._folder.write(new)
        except OSError as error:
            self._fail(error)
            return False
        self._folder.settle(new.about.id, taken=False)
        self._failure = ""
        return True

    def _waiting(self, id: str, besides: Collection[Key]) -> Item | None:
        """The record of a letter that waits; a damaged one is put back, to be seen."""
        if self._folder is None or _is_one_of(id, besides):
            return None
        if found := self._folder.waiting(id):
            return found.item
        with suppress(OSError):
            self._folder.put_back(id)
            log.warning("dead_letter_damaged id=%s", id)
        return None

    def _fail(self, error: OSError) -> None:
        if not self._failure:
            log.warning("dead_letters_failed error=%r", error.strerror)
        self._failure = error.strerror or str(error)


def _is_one_of(id: str, keys: Collection[Key]) -> bool:
    with suppress(LetterError):
        return letter.key(id) in keys
    return False
